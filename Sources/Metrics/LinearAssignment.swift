/// The cheapest perfect matching of n rows with n columns.
///
/// Goals, in order: exactness; speed for the dense matrices of transport between samples; brevity.
/// The shortest augmenting paths of Jonker and Volgenant: column reduction, then two sweeps of
/// augmenting row reduction leave few rows free, and each of those is matched by one Dijkstra search
/// in reduced costs c[i, j] - v[j]. O(n³) at worst, near O(n²) for random points.
/// Reference: Jonker and Volgenant (1987), *A shortest augmenting path algorithm for dense and
/// sparse linear assignment problems*, Computing 38
public struct LinearAssignment {
  /// The column of each row.
  public private(set) var columnOfRow: [Int]
  private var rowOfColumn: [Int]
  private var price: [Double]
  private let n: Int

  /// Solves a problem.
  /// - Parameter cost: [n, n], finite.
  public init(_ cost: [Double], count n: Int) {
    precondition(cost.count == n * n, "assignment: the costs must be [n, n]")
    self.n = n
    columnOfRow = [Int](repeating: -1, count: n)
    rowOfColumn = [Int](repeating: -1, count: n)
    price = [Double](repeating: 0, count: n)
    cost.withUnsafeBufferPointer { cost in
      reduceColumns(cost)
      var free = columnOfRow.indices.filter { columnOfRow[$0] < 0 }
      for _ in 0..<2 where n > 1 { free = reduceRows(free, cost) }
      for row in free { augment(from: row, cost) }
    }
  }

  /// The cost of the matching.
  public func total(_ cost: [Double]) -> Double {
    columnOfRow.indices.reduce(0) { $0 + cost[$1 * n + columnOfRow[$1]] }
  }

  private mutating func match(_ row: Int, _ column: Int) {
    columnOfRow[row] = column
    rowOfColumn[column] = row
  }

  /// Prices each column at its cheapest row, and matches them where that row is still free.
  private mutating func reduceColumns(_ cost: UnsafeBufferPointer<Double>) {
    for j in stride(from: n - 1, through: 0, by: -1) {
      var cheapest = 0
      for i in 1..<max(1, n) where cost[i * n + j] < cost[cheapest * n + j] { cheapest = i }
      price[j] = cost[cheapest * n + j]
      if columnOfRow[cheapest] < 0 { match(cheapest, j) }
    }
  }

  /// Lets each free row take its cheapest column and lower that price as far as the second
  /// cheapest allows; returns the rows that are free afterwards.
  private mutating func reduceRows(
    _ rows: [Int], _ cost: UnsafeBufferPointer<Double>
  ) -> [Int] {
    var waiting = rows
    var left: [Int] = []
    var position = 0
    var budget = 4 * n
    while position < waiting.count {
      let i = waiting[position]
      position += 1
      let (first, second, cheapest, other) = twoCheapest(i, cost)
      let gap = second - first
      let taken = gap <= 0 && rowOfColumn[cheapest] >= 0 ? other : cheapest
      let displaced = rowOfColumn[taken]
      if gap > 0 { price[taken] -= gap }
      match(i, taken)
      guard displaced >= 0 else { continue }
      columnOfRow[displaced] = -1
      budget -= 1
      if gap > 0 && budget > 0 {
        position -= 1
        waiting[position] = displaced
      } else {
        left.append(displaced)
      }
    }
    return left
  }

  private func twoCheapest(
    _ i: Int, _ cost: UnsafeBufferPointer<Double>
  ) -> (first: Double, second: Double, cheapest: Int, other: Int) {
    var (first, second) = (Double.infinity, Double.infinity)
    var (cheapest, other) = (0, 0)
    price.withUnsafeBufferPointer { price in
      for j in 0..<n {
        let reduced = cost[i * n + j] - price[j]
        if reduced < first {
          (second, other) = (first, cheapest)
          (first, cheapest) = (reduced, j)
        } else if reduced < second {
          (second, other) = (reduced, j)
        }
      }
    }
    return (first, second, cheapest, other)
  }

  /// Matches one free row along a shortest alternating path and updates the prices.
  private mutating func augment(from row: Int, _ cost: UnsafeBufferPointer<Double>) {
    var distance = (0..<n).map { cost[row * n + $0] - price[$0] }
    var predecessor = [Int](repeating: row, count: n)
    var open = Array(0..<n)
    var settled: [Int] = []
    var end = -1
    var reached = 0.0
    while end < 0 {
      let nearest = open.indices.min { distance[open[$0]] < distance[open[$1]] } ?? 0
      let j = open[nearest]
      open[nearest] = open[open.count - 1]
      open.removeLast()
      reached = distance[j]
      guard rowOfColumn[j] >= 0 else {
        end = j
        break
      }
      settled.append(j)
      let i = rowOfColumn[j]
      let base = reached - (cost[i * n + j] - price[j])
      for k in open {
        let candidate = base + cost[i * n + k] - price[k]
        if candidate < distance[k] { (distance[k], predecessor[k]) = (candidate, i) }
      }
    }
    for j in settled { price[j] += distance[j] - reached }
    rematch(from: row, to: end, predecessor)
  }

  private mutating func rematch(from row: Int, to end: Int, _ predecessor: [Int]) {
    var column = end
    while true {
      let i = predecessor[column]
      let next = columnOfRow[i]
      match(i, column)
      if i == row { return }
      column = next
    }
  }
}
