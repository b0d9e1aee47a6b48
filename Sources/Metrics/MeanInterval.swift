import Kernels

/// What the interval of a mean rests on.
///
/// Weights are skewed: of their means, intervals of so many standard errors on both sides miss too
/// often above. Hall's transformation takes the skewness out to the order 1/√n, without resampling.
/// Reference: Hall (1992), *On the removal of skewness by transformation*, Journal of the Royal
/// Statistical Society B 54, equation 2.3
struct SampleMoments {
  let mean: Double
  /// With the divisor n - 1.
  let standardDeviation: Double
  /// Third central moment over the cube of the standard deviation.
  let skewness: Double
  let count: Int

  /// Reads numbers.
  init(_ x: [Double]) {
    count = x.count
    let n = Double(max(1, x.count))
    let mean = x.reduce(0, +) / n
    var (squares, cubes) = (0.0, 0.0)
    for value in x {
      let deviation = value - mean
      squares += deviation * deviation
      cubes += deviation * deviation * deviation
    }
    let variance = squares / n
    self.mean = mean
    standardDeviation = x.count > 1 ? (squares / (n - 1)).squareRoot() : .nan
    skewness = variance > 0 ? cubes / n / (variance * variance.squareRoot()) : 0
  }

  /// The standard error of the mean.
  var standardError: Double { standardDeviation / Double(max(1, count)).squareRoot() }

  /// The 95% interval of the mean; nil for fewer than two numbers or where one is not finite.
  var interval: ClosedRange<Double>? {
    let quantile = studentQuantile(freedom: count - 1)
    let low = mean - standardDeviation * hallFactor(quantile)
    let high = mean - standardDeviation * hallFactor(-quantile)
    guard low.isFinite, high.isFinite, low <= high else { return nil }
    return low...high
  }

  /// Where (mean - μ) / standard deviation ends, for t standard errors of the transformed mean.
  ///
  ///     g(r) = r + γ r²/3 + γ² r³/27 + γ/(6 n) = t/√n,   r = 3/γ ((1 + γ (t/√n - γ/(6 n)))^(1/3) - 1)
  private func hallFactor(_ t: Double) -> Double {
    let n = Double(max(1, count))
    guard skewness.magnitude > 1e-6 else { return t / n.squareRoot() }
    let transformed = 1 + skewness * (t / n.squareRoot() - skewness / (6 * n))
    return 3 / skewness * (cubeRoot(transformed) - 1)
  }
}

/// The 95% interval of the mean of independent numbers, see `SampleMoments`.
func meanInterval(_ x: [Double]) -> ClosedRange<Double>? { SampleMoments(x).interval }

/// The 97.5% quantile of Student's t, within 0.1%; ∞ for no degree of freedom.
///
/// Below 6 as in tables, from there on by
///
///     t = z + (z³ + z) / 4ν + (5 z⁵ + 16 z³ + 3 z) / 96ν² + (3 z⁷ + 19 z⁵ + 17 z³ - 15 z) / 384ν³
/// Reference: Abramowitz and Stegun (1964), equation 26.7.5
func studentQuantile(freedom: Int) -> Double {
  let fewest = [Double.infinity, 12.7062047, 4.3026527, 3.1824463, 2.7764451, 2.5705818]
  guard freedom >= fewest.count else { return fewest[max(0, freedom)] }
  let z = 1.959963984540054
  let (v, square) = (Double(freedom), z * z)
  let first = z * (square + 1) / 4
  let second = z * ((5 * square + 16) * square + 3) / 96
  let third = z * (((3 * square + 19) * square + 17) * square - 15) / 384
  return z + (first + (second + third / v) / v) / v
}

/// The real cube root.
private func cubeRoot(_ x: Double) -> Double {
  guard x != 0 else { return 0 }
  let root = scalarExp(scalarLog(x.magnitude) / 3)
  return x < 0 ? -root : root
}
