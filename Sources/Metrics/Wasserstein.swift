import Numerics

/// The 2-Wasserstein distance between two sets of n points with equal weights, exactly.
///
///     W2 = √(min over matchings of the mean squared distance)
///
/// - Parameters:
///   - x: [n, dimension].
///   - y: [n, dimension].
public func wasserstein2(_ x: [Float], _ y: [Float], dimension: Int) -> Double {
  let n = x.count / max(1, dimension)
  precondition(x.count == y.count && x.count == n * dimension, "W2: two sets of the same size")
  guard n > 0 else { return 0 }
  let cost = squaredDistances(x, y, count: n, dimension: dimension)
  return (LinearAssignment(cost, count: n).total(cost) / Double(n)).squareRoot()
}

private func squaredDistances(
  _ x: [Float], _ y: [Float], count n: Int, dimension: Int
) -> [Double] {
  [Double](unsafeUninitializedCapacity: n * n) { cost, initialized in
    for i in 0..<n {
      for j in 0..<n {
        var sum = 0.0
        for d in 0..<dimension {
          let difference = Double(x[i * dimension + d]) - Double(y[j * dimension + d])
          sum += difference * difference
        }
        cost.initializeElement(at: i * n + j, to: sum)
      }
    }
    initialized = n * n
  }
}

/// W2 of draws to exact samples, next to what exact samples score among themselves.
/// - Parameters:
///   - distance: W2 of the draws.
///   - floors: W2 between independent sets of exact samples of the same count.
public func wasserstein2Metric(_ distance: Double, floors: [Double], count: Int) -> Metric {
  let floor = floors.reduce(0, +) / Double(max(1, floors.count))
  let ratio = distance / floor
  let verdict: Verdict = ratio < 1.5 ? .ok : ratio < 3 ? .warn : .fail
  return Metric(
    "wasserstein-2", distance, count: count, floor: floor, verdict,
    "\(short(ratio)) times what exact samples score")
}
