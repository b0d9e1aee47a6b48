/// The cheapest perfect matching of n rows with n columns.
///
/// Goals, in order: exactness; speed for the dense matrices of transport between samples; brevity.
/// The shortest augmenting paths of Jonker and Volgenant: column reduction, then two sweeps of
/// augmenting row reduction leave few rows free, and each of those is matched by one Dijkstra search
/// in reduced costs c[i, j] - v[j]. O(n³) at worst, near O(n²) for random points; the searches wait
/// for memory, so vectors wider than those of every processor gain nothing.
/// Reference: Jonker and Volgenant (1987), *A shortest augmenting path algorithm for dense and
/// sparse linear assignment problems*, Computing 38
public struct LinearAssignment: Sendable {
  /// The column of each row.
  public let columnOfRow: [Int]
  /// The price of each column: c[i, j] - v[j] is least over j where row i is matched.
  ///
  /// With u[i] = c[i, j] - v[j] of its column, u and v solve the dual problem: u[i] + v[j] <= c[i, j]
  /// everywhere, and the sum of both is the total.
  public let prices: [Double]

  /// Solves a problem.
  ///
  /// Costs that are not finite give some matching, not the cheapest.
  /// - Parameter cost: [n, n], finite.
  public init(_ cost: [Double], count n: Int) {
    precondition(cost.count == n * n, "assignment: the costs must be [n, n]")
    (columnOfRow, prices) = cost.withUnsafeBufferPointer { cost in
      guard n > 0, let cost = cost.baseAddress else { return ([], []) }
      let search = AssignmentSearch(cost, count: n)
      defer { search.deallocate() }
      return search.solve()
    }
  }

  /// The cost of the matching.
  public func total(_ cost: [Double]) -> Double {
    let n = columnOfRow.count
    return columnOfRow.indices.reduce(0) { $0 + cost[$1 * n + columnOfRow[$1]] }
  }
}
