import Numerics

// Distances of optimal transport between two sets of n points with equal weights, exactly:
//
//     W_p = (min over matchings of the mean of |x - y|^p)^(1/p)

/// The most points that exact transport takes: the costs are n² numbers, the work grows with n³ at worst.
public let exactTransportLimit = 5000

/// The power of the distance that transport pays for.
public enum TransportPower: Int, Sendable, CaseIterable {
  /// The distance itself, W1.
  case one = 1
  /// The squared distance, W2².
  case two = 2

  /// |difference|^p from the squared distance.
  func cost(ofSquare square: Double) -> Double { self == .one ? square.squareRoot() : square }
}

/// The 2-Wasserstein distance.
/// - Parameters:
///   - x: [n, dimension].
///   - y: [n, dimension].
public func wasserstein2(_ x: [Float], _ y: [Float], dimension: Int) -> Double {
  transport(x, y, dimension: dimension, .two).root.value
}

/// The 1-Wasserstein distance, or earth mover's distance.
/// - Parameters:
///   - x: [n, dimension].
///   - y: [n, dimension].
public func wasserstein1(_ x: [Float], _ y: [Float], dimension: Int) -> Double {
  transport(x, y, dimension: dimension, .one).value
}

/// W1, or W2 squared, with its interval.
/// - Parameters:
///   - x: [n, dimension].
///   - y: [n, dimension].
///   - power: p.
public func transport(
  _ x: [Float], _ y: [Float], dimension: Int, _ power: TransportPower
) -> DistanceEstimate {
  let n = x.count / max(1, dimension)
  precondition(x.count == y.count && x.count == n * dimension, "W: two sets of the same size")
  return transport(costs(x, y, count: n, dimension: dimension, power), count: n)
}

/// The mean cost of the cheapest matching; the influences are the dual potentials.
/// - Parameter cost: [n, n], finite.
func transport(_ cost: [Double], count n: Int) -> DistanceEstimate {
  guard n > 0 else { return DistanceEstimate(value: 0, interval: nil) }
  let matching = LinearAssignment(cost, count: n)
  let left = matching.columnOfRow.indices.map { row in
    let column = matching.columnOfRow[row]
    return cost[row * n + column] - matching.prices[column]
  }
  return DistanceEstimate(
    value: matching.total(cost) / Double(n), left: left, right: matching.prices)
}

private func costs(
  _ x: [Float], _ y: [Float], count n: Int, dimension: Int, _ power: TransportPower
) -> [Double] {
  [Double](unsafeUninitializedCapacity: n * n) { cost, initialized in
    for i in 0..<n {
      for j in 0..<n {
        var sum = 0.0
        for d in 0..<dimension {
          let difference = Double(x[i * dimension + d]) - Double(y[j * dimension + d])
          sum += difference * difference
        }
        cost.initializeElement(at: i * n + j, to: power.cost(ofSquare: sum))
      }
    }
    initialized = n * n
  }
}
