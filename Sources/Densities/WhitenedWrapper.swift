import Storage

/// The numbers of a density in coordinates y = L⁻¹ (x - mean), L Lᵀ the covariance.
public struct WhitenedWrapper: DensityWrapper, Equatable {
  /// Name of the density of x.
  public var base = "gaussian"
  /// Settings of the density of x.
  public var baseSettings: JSONValue?
  /// One number for each coordinate, one for all, or none for 0.
  public var mean: [Double] = []
  /// Σ, row by row; none for the identity.
  public var covariance: [[Double]] = []
  /// A NumPy file of floats, [n, D], for mean and covariance of its rows instead.
  public var samples = ""

  /// The standard normal as it is.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case base, mean, covariance, samples
    case baseSettings = "base_settings"
  }

  /// The base in the coordinates y.
  public func wrap(_ base: any Density) throws(ConfigError) -> any Density {
    let d = base.dimension
    guard samples.isEmpty else { return transformed(base, try sampleMap(d)) }
    let mean = try coordinates(mean, d, "mean", otherwise: 0)
    guard !covariance.isEmpty else {
      let ones = [Double](repeating: 1, count: d)
      return transformed(base, try AffineMap(shift: mean.map { -$0 }, scale: ones))
    }
    let covariance = try square(covariance, d, "covariance")
    for i in 0..<d {
      for j in 0..<i where covariance[i * d + j] != covariance[j * d + i] {
        throw .invalid(path: "covariance", reason: "it must be symmetric")
      }
    }
    return transformed(base, try AffineMap(whitening: mean, covariance))
  }

  private func sampleMap(_ d: Int) throws(ConfigError) -> AffineMap {
    try ConfigError.require(
      mean.isEmpty && covariance.isEmpty, "samples", "it must be empty beside a mean or covariance")
    try ConfigError.require(
      d <= 10_000, "samples", "a covariance is estimated for at most 10000 coordinates")
    let rows: [Double]
    do {
      let table = try NumberTable(readingNPY: samples)
      guard table.columns == d else {
        throw ConfigError.invalid(
          path: "samples", reason: "'\(samples)' has \(table.columns) columns, not \(d)")
      }
      rows = table.values
    } catch let error as ConfigError {
      throw error
    } catch {
      throw .invalid(path: "samples", reason: "\(error)")
    }
    let (mean, covariance) = sampleMoments(rows, dimension: d)
    do {
      return try AffineMap(whitening: mean, covariance)
    } catch {
      throw .invalid(path: "samples", reason: "their covariance must be positive definite")
    }
  }
}

/// The mean, [D], and the covariance, [D, D], of rows of samples.
func sampleMoments(_ rows: [Double], dimension d: Int) -> (mean: [Double], covariance: [Double]) {
  let n = rows.count / d
  let mean = (0..<d).map { j in (0..<n).reduce(0) { $0 + rows[$1 * d + j] } / Double(n) }
  var covariance = [Double](repeating: 0, count: d * d)
  for row in 0..<n {
    for i in 0..<d {
      let difference = rows[row * d + i] - mean[i]
      for j in 0..<d { covariance[i * d + j] += difference * (rows[row * d + j] - mean[j]) }
    }
  }
  return (mean, covariance.map { $0 / Double(max(1, n - 1)) })
}
