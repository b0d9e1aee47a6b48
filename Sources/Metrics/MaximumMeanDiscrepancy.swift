import Kernels

/// The squared maximum mean discrepancy between two samples, without bias.
///
///     MMD² = mean_{i≠j} k(x_i, x_j) + mean_{i≠j} k(y_i, y_j) - 2 mean_{ij} k(x_i, y_j)
///     k(a, b) = mean over widths of exp(-|a - b|² / 2σ²),   σ = median distance × {¼, ½, 1, 2, 4}
///
/// 0 on average for samples of one density, and below as often as above. O((n + m)² D). The widths are
/// powers of 2 apart, so that one exponential and squarings give all. The median is that of the distances
/// among the second sample's first 1,000 points.
/// Reference: Gretton, Borgwardt, Rasch, Schölkopf and Smola (2012), *A kernel two-sample test*,
/// JMLR 13, lemma 6 and section 8 (the median)
public struct MaximumMeanDiscrepancy: Sendable {
  /// The widths σ, upwards.
  public let widths: [Double]
  private let dimension: Int

  /// The most points on a side.
  public static let limit = 20_000

  /// Widths around the median distance among some points.
  /// - Parameters:
  ///   - reference: [n, dimension], finite; 1 stands for a median that is 0.
  ///   - doublings: Widths on each side of the median; 0 for the median alone.
  public init(reference: [Float], dimension: Int, doublings: Int = 2) {
    let count = min(1000, reference.count / max(1, dimension))
    let median = medianDistance(reference, count: count, dimension: dimension)
    self.init(width: median > 0 ? median : 1, dimension: dimension, doublings: doublings)
  }

  /// Widths around a given one.
  public init(width: Double, dimension: Int, doublings: Int = 2) {
    precondition(width > 0 && doublings >= 0 && dimension > 0, "MMD: the width must be positive")
    self.dimension = dimension
    widths = (-doublings...doublings).map {
      width * Double(sign: .plus, exponent: $0, significand: 1)
    }
  }

  /// MMD², with its interval.
  ///
  /// The influence of a point is twice its mean kernel to its own side less that to the other; where both
  /// densities are one, the interval is wider than 95%.
  /// - Parameters:
  ///   - x: [n, dimension], finite, n > 1.
  ///   - y: [m, dimension], finite, m > 1.
  ///   - pool: Shares out the rows.
  public func squared(
    _ x: [Float], _ y: [Float], pool: ThreadPool = .shared
  ) -> DistanceEstimate {
    let (a, b) = (PointColumns(x, dimension: dimension), PointColumns(y, dimension: dimension))
    precondition(a.count > 1 && b.count > 1, "MMD: there must be two points on each side")
    let (own, across) = (sums(a, a, pool), sums(a, b, pool))
    let (others, back) = (sums(b, b, pool), sums(b, a, pool))
    let (n, m) = (Double(a.count), Double(b.count))
    // The kernel of a point to itself is 1.
    let left = zip(own, across).map { 2 * (($0 - 1) / (n - 1) - $1 / m) }
    let right = zip(others, back).map { 2 * (($0 - 1) / (m - 1) - $1 / n) }
    let total = left.reduce(0, +) / n + right.reduce(0, +) / m
    return DistanceEstimate(value: 0.5 * total, left: left, right: right)
  }

  /// The sum of the kernels of each point of x to all points of y.
  private func sums(_ x: PointColumns, _ y: PointColumns, _ pool: ThreadPool) -> [Double] {
    var result = [Double](repeating: 0, count: x.count)
    result.withUnsafeMutableBufferPointer { result in
      let shared = SharedBuffer(result)
      pool.run(x.count) { i, _ in shared.base[i] = self.sum(i, x, y) }
    }
    return result
  }

  private func sum(_ i: Int, _ x: PointColumns, _ y: PointColumns) -> Double {
    let widest = widths[widths.count - 1]
    let scale = -1 / (2 * widest * widest)
    var total = PointColumns.Lanes()
    for four in 0..<y.fours {
      let square = y.squaredDistances(to: i, of: x, four: four)
      let value = kernels(exponential(ofNegative: square * scale))
      total += 4 * four + 4 <= y.count ? value : masked(value, y.count - 4 * four)
    }
    return laneSum(total) / Double(widths.count)
  }

  /// The sum over the widths of the widest kernel's powers 1, 4, 16, ….
  @inline(__always)
  private func kernels(_ widest: PointColumns.Lanes) -> PointColumns.Lanes {
    var (power, sum) = (widest, widest)
    for _ in 1..<widths.count {
      power *= power
      power *= power
      sum += power
    }
    return sum
  }
}

/// The first few lanes, and zeros.
private func masked(_ x: PointColumns.Lanes, _ count: Int) -> PointColumns.Lanes {
  x.replacing(with: PointColumns.Lanes(), where: SIMD4<Int64>(0, 1, 2, 3) .>= Int64(count))
}

/// The median of the distances between different points; 0 for fewer than two.
private func medianDistance(_ x: [Float], count: Int, dimension: Int) -> Double {
  guard count > 1 else { return 0 }
  var squares: [Double] = []
  squares.reserveCapacity(count * (count - 1) / 2)
  x.withUnsafeBufferPointer { x in
    guard let x = x.baseAddress else { return }
    for i in 1..<count {
      for j in 0..<i {
        squares.append(squaredDistance(x + i * dimension, x + j * dimension, dimension))
      }
    }
  }
  squares.sort()
  let middle = squares.count / 2
  let upper = squares[middle].squareRoot()
  return squares.count % 2 == 1 ? upper : 0.5 * (upper + squares[middle - 1].squareRoot())
}

/// |x - y|².
func squaredDistance(
  _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ dimension: Int
) -> Double {
  var sum = 0.0
  for d in 0..<dimension {
    let difference = Double(x[d]) - Double(y[d])
    sum += difference * difference
  }
  return sum
}

extension DistanceEstimate {
  /// MMD² as a figure.
  ///
  /// - Parameters:
  ///   - count: Points on each side.
  ///   - floors: MMD² of pairs of exact samples, whose mean magnitude is the floor.
  public func discrepancyMetric(count: Int, floors: [Double]) -> Metric {
    let floor = floors.reduce(0) { $0 + $1.magnitude } / Double(max(1, floors.count))
    let isExact = interval.map { $0.contains(0) } ?? false
    let verdict: Verdict =
      isExact || value <= 3 * floor ? .ok : value < 30 * floor || value < 0.005 ? .warn : .fail
    return Metric(
      "maximum-mean-discrepancy", value, interval: interval, count: count, truth: 0,
      floor: floors.isEmpty ? nil : floor, verdict,
      isExact
        ? "not to be told from exact samples" : "exact samples score ±\(scientific(floor))")
  }
}

/// A number with two digits and an exponent, for reasons.
private func scientific(_ x: Double) -> String {
  guard x > 0, x.isFinite else { return "\(x)" }
  var (digits, exponent) = (x, 0)
  while digits < 1 { (digits, exponent) = (digits * 10, exponent - 1) }
  while digits >= 10 { (digits, exponent) = (digits / 10, exponent + 1) }
  return "\((digits * 10).rounded() / 10)e\(exponent)"
}
