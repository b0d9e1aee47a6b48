import Kernels

/// The entropic optimal transport between two samples, debiased.
///
///     OT_ε(a, b) = min over plans P of <P, |x - y|²> + ε KL(P | a ⊗ b)
///     S_ε = OT_ε(a, b) - ½ OT_ε(a, a) - ½ OT_ε(b, b)
///
/// 0 for equal samples and never below; near W2² for small ε and near the squared distance of the means
/// for large ε. For samples that are too large to be matched exactly, and for different counts. Each
/// iteration is O(n m D), in the logarithmic domain, with costs computed anew; ε starts at the largest
/// squared distance and falls fourfold, and then iterations, overrelaxed, go on until potentials move by no
/// more than `tolerance` ε on average: the mass that the plan has in wrong rows.
/// Reference: Feydy, Séjourné, Vialard, Amari, Trouvé and Peyré (2019), *Interpolating between optimal
/// transport and MMD using Sinkhorn divergences*, arXiv:1810.08278, equations 3 and 11
public struct Sinkhorn: Sendable {
  /// ε, in units of a squared distance.
  public let epsilon: Double
  /// The mean last change of the potentials, in units of ε.
  public var tolerance = 1e-4
  /// Iterations at the final ε after which the rest is left as it is.
  public var iterationLimit = 5000

  /// The most points on a side.
  public static let limit = 20_000

  /// Transport with a given ε > 0.
  public init(epsilon: Double) {
    precondition(epsilon > 0, "Sinkhorn: ε must be positive")
    self.epsilon = epsilon
  }

  /// A divergence with how well it was solved.
  public struct Solution: Sendable, Equatable {
    /// S_ε; the influences are the differences of potentials.
    public let divergence: DistanceEstimate
    /// Whether all three problems came to rest within the limit.
    public let isConverged: Bool
  }

  /// Solves all three problems.
  /// - Parameters:
  ///   - x: [n, dimension], finite, n > 0.
  ///   - y: [m, dimension], finite, m > 0.
  ///   - pool: Shares out the rows.
  public func divergence(
    _ x: [Float], _ y: [Float], dimension: Int, pool: ThreadPool = .shared
  ) -> Solution {
    let (a, b) = (PointColumns(x, dimension: dimension), PointColumns(y, dimension: dimension))
    let width = largestSquare(a, b)
    let both = solve(a, b, from: width, pool)
    let (first, second) = (solve(a, from: width, pool), solve(b, from: width, pool))
    let left = zip(both.left, first.left).map { $0 - $1 }
    let right = zip(both.right, second.left).map { $0 - $1 }
    let value = left.reduce(0, +) / Double(a.count) + right.reduce(0, +) / Double(b.count)
    return Solution(
      divergence: DistanceEstimate(value: value, left: left, right: right),
      isConverged: both.isConverged && first.isConverged && second.isConverged)
  }

  private typealias Potentials = (left: [Double], right: [Double], isConverged: Bool)

  /// The potentials between two samples.
  private func solve(
    _ a: PointColumns, _ b: PointColumns, from width: Double, _ pool: ThreadPool
  ) -> Potentials {
    var left = [Double](repeating: 0, count: a.count)
    var right = [Double](repeating: 0, count: b.count)
    for width in schedule(from: width) {
      left = softMinimum(a, b, right, width, pool)
      right = softMinimum(b, a, left, width, pool)
    }
    var pace = Overrelaxation()
    for _ in 0..<iterationLimit {
      let next = pace.step(from: left, to: softMinimum(a, b, right, epsilon, pool))
      let change = meanChange(left, next)
      left = next
      right = pace.step(from: right, to: softMinimum(b, a, left, epsilon, pool))
      if change <= tolerance * epsilon {
        left = softMinimum(a, b, right, epsilon, pool)
        return (left, softMinimum(b, a, left, epsilon, pool), true)
      }
      pace.observe(change)
    }
    return (left, right, false)
  }

  /// The potential of a sample to itself, by averaged steps, whose fixed point is symmetric.
  private func solve(_ a: PointColumns, from width: Double, _ pool: ThreadPool) -> Potentials {
    var left = [Double](repeating: 0, count: a.count)
    for width in schedule(from: width) {
      left = mean(left, softMinimum(a, a, left, width, pool))
    }
    for _ in 0..<iterationLimit {
      let next = mean(left, softMinimum(a, a, left, epsilon, pool))
      let change = meanChange(left, next)
      left = next
      if change <= tolerance * epsilon { return (left, left, true) }
    }
    return (left, left, false)
  }

  private func schedule(from width: Double) -> [Double] {
    Array(sequence(first: width) { $0 / 4 }.prefix { $0 > epsilon })
  }
}

/// The mean of |x - y|² over all pairs of two samples, of which ε is best a part.
///
///     |mean x - mean y|² + variance of x + variance of y
/// - Parameters:
///   - x: [n, dimension].
///   - y: [m, dimension].
public func meanSquaredDistance(_ x: [Float], _ y: [Float], dimension: Int) -> Double {
  (0..<dimension).reduce(0) { sum, d in
    let (a, b) = (coordinateMoments(x, d, dimension), coordinateMoments(y, d, dimension))
    let difference = a.mean - b.mean
    return sum + difference * difference + a.variance + b.variance
  }
}

/// Mean and variance, divisor n, of a coordinate.
private func coordinateMoments(
  _ x: [Float], _ d: Int, _ dimension: Int
) -> (mean: Double, variance: Double) {
  let values = stride(from: d, to: x.count, by: dimension).map { Double(x[$0]) }
  let count = Double(max(1, values.count))
  let mean = values.reduce(0, +) / count
  return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count)
}

/// -ε log mean_j exp((g_j - |x_i - y_j|²) / ε) of each point.
private func softMinimum(
  _ x: PointColumns, _ y: PointColumns, _ potential: [Double], _ epsilon: Double,
  _ pool: ThreadPool
) -> [Double] {
  var result = [Double](repeating: 0, count: x.count)
  let padded = potential + [Double](repeating: -1e300, count: 4 * y.fours - y.count)
  let potentials = (0..<y.fours).map { four in
    PointColumns.Lanes(padded[4 * four..<4 * four + 4]) / epsilon
  }
  let rows = 64
  result.withUnsafeMutableBufferPointer { result in
    let shared = SharedBuffer(result)
    pool.run((x.count + rows - 1) / rows) { block, _ in
      var row = [PointColumns.Lanes](repeating: .zero, count: y.fours)
      for i in block * rows..<min(x.count, (block + 1) * rows) {
        shared.base[i] = -epsilon * logMean(i, x, y, potentials, 1 / epsilon, &row)
      }
    }
  }
  return result
}

/// log mean_j exp(g_j - |x_i - y_j|² s).
private func logMean(
  _ i: Int, _ x: PointColumns, _ y: PointColumns, _ potentials: [PointColumns.Lanes],
  _ scale: Double, _ row: inout [PointColumns.Lanes]
) -> Double {
  var highest = PointColumns.Lanes(repeating: -.infinity)
  for four in 0..<y.fours {
    let value = potentials[four] - y.squaredDistances(to: i, of: x, four: four) * scale
    row[four] = value
    highest.replace(with: value, where: value .> highest)
  }
  let largest = max(max(highest[0], highest[1]), max(highest[2], highest[3]))
  var sum = PointColumns.Lanes()
  for four in 0..<y.fours {
    sum += exponential(ofNegative: row[four] - PointColumns.Lanes(repeating: largest))
  }
  return largest + scalarLog(laneSum(sum) / Double(y.count))
}

/// A bound of the squared distances: that of the box around all points.
private func largestSquare(_ a: PointColumns, _ b: PointColumns) -> Double {
  (0..<a.dimension).reduce(0.0) { sum, d in
    let values = (0..<a.count).map { a[$0, d] } + (0..<b.count).map { b[$0, d] }
    let extent = (values.max() ?? 0) - (values.min() ?? 0)
    return sum + extent * extent
  }
}

private func mean(_ x: [Double], _ y: [Double]) -> [Double] { zip(x, y).map { 0.5 * ($0 + $1) } }

private func meanChange(_ x: [Double], _ y: [Double]) -> Double {
  zip(x, y).reduce(0) { $0 + ($1.0 - $1.1).magnitude } / Double(x.count)
}
