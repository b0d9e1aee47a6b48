import Catalogs
import KernelTables
import Kernels
import Storage

/// The numbers of a general mixture.
public struct GaussianMixtureConfig: Codable, Sendable, Equatable {
  /// Centre of each component.
  public var means: [[Double]] = [[-2, 0], [2, 0]]
  /// Relative weight of each component; empty for equal weights.
  public var weights: [Double] = []
  /// Standard deviation of all components in every direction.
  public var standardDeviation = 1.0

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case means, weights
    case standardDeviation = "standard_deviation"
  }
}

/// The numbers of a mixture on a square grid.
public struct GridMixtureConfig: Codable, Sendable, Equatable {
  /// Coordinates of the grid along both axes.
  public var positions: [Double]
  /// Standard deviation of all components in every direction.
  public var standardDeviation = GridMixtureConfig.publishedDeviation

  /// √0.3.
  public static let publishedDeviation = 0.5477225575051661

  /// A grid.
  public init(positions: [Double]) { self.positions = positions }

  enum CodingKeys: String, CodingKey {
    case positions
    case standardDeviation = "standard_deviation"
  }
}

/// The numbers of one Gaussian.
public struct GaussianConfig: Codable, Sendable, Equatable {
  /// D.
  public var dimension = 2
  /// Mean of every coordinate.
  public var mean = 0.0
  /// Standard deviation of every coordinate.
  public var standardDeviation = 1.0

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case dimension, mean
    case standardDeviation = "standard_deviation"
  }
}

/// An isotropic Gaussian mixture, ρ(x) = Σ_k w_k N(x; m_k, σ² I); normalised, log Z = 0.
public struct GaussianMixture: OnePassDensity, NormalizedDensity, SamplableDensity,
  MultimodalDensity
{
  /// D.
  public let dimension: Int
  /// The weights, adding up to 1.
  public let modeWeights: [Double]
  /// The components' centres, [K, D].
  public let means: [Float]
  private let logScales: [Float]
  /// Σ of the weights up to each component.
  private let cumulativeWeights: [Double]
  /// Of all components in every direction.
  public let standardDeviation: Double

  /// A mixture of validated numbers.
  /// - Throws: `ConfigError` for no or uneven means, weights that do not fit, or a width <= 0.
  public init(_ config: GaussianMixtureConfig) throws(ConfigError) {
    (dimension, modeWeights) = try checkedComponents(config.means, config.weights)
    var sum = 0.0
    cumulativeWeights = modeWeights.map { weight in
      sum += weight
      return sum
    }
    try Self.require(deviation: config.standardDeviation)
    standardDeviation = config.standardDeviation
    means = config.means.flatMap { $0.map { Float($0) } }
    let variance = config.standardDeviation * config.standardDeviation
    let logNormalizer = 0.5 * Double(dimension) * scalarLog(2 * .pi * variance)
    logScales = modeWeights.map { Float(scalarLog($0) - logNormalizer) }
  }

  /// A mixture with one component at every pair of grid coordinates.
  public init(grid config: GridMixtureConfig) throws(ConfigError) {
    guard !config.positions.isEmpty else {
      throw .invalid(path: "positions", reason: "it must hold at least one coordinate")
    }
    var mixture = GaussianMixtureConfig()
    mixture.means = config.positions.flatMap { x in config.positions.map { [x, $0] } }
    mixture.standardDeviation = config.standardDeviation
    try self.init(mixture)
  }

  /// A single Gaussian.
  public init(gaussian config: GaussianConfig) throws(ConfigError) {
    guard (1...1_000_000).contains(config.dimension) else {
      throw .invalid(path: "dimension", reason: "it must be from 1 to 1000000")
    }
    var mixture = GaussianMixtureConfig()
    mixture.means = [[Double](repeating: config.mean, count: config.dimension)]
    mixture.standardDeviation = config.standardDeviation
    try self.init(mixture)
  }

  /// 0: the mixture is normalised.
  public var logNormalizer: Double { 0 }

  /// Number of components.
  public var modeCount: Int { modeWeights.count }

  /// Writes exact samples: a component by its weight, then a normal around its mean.
  public func sample(
    _ count: Int, firstRow: Int, _ stream: RandomStream, into out: UnsafeMutablePointer<Float>
  ) {
    let kernels = InstructionSet.active.kernels
    kernels.normals(
      key: stream.key, step: 1, firstRow: firstRow, rows: count, columns: dimension, to: out)
    for row in 0..<count {
      var u: Float = 0
      kernels.uniforms(
        key: stream.key, step: 0, firstRow: firstRow + row, rows: 1, columns: 1, to: &u)
      let k = component(at: Double(u))
      for j in 0..<dimension {
        let i = row * dimension + j
        out[i] = means[k * dimension + j].addingProduct(Float(standardDeviation), out[i])
      }
    }
  }

  /// 1: a mixture is no product.
  public var factors: Int { 1 }

  /// The nearest mean.
  public func mode(of x: UnsafePointer<Float>, factor: Int) -> Int {
    var nearest = (mode: 0, distance: Float.infinity)
    for k in 0..<modeCount {
      var distance: Float = 0
      for j in 0..<dimension {
        let difference = x[j] - means[k * dimension + j]
        distance += difference * difference
      }
      if distance < nearest.distance { nearest = (k, distance) }
    }
    return nearest.mode
  }

  /// The first component whose cumulative weight is beyond u, by bisection.
  private func component(at u: Double) -> Int {
    var (first, last) = (0, modeCount - 1)
    while first < last {
      let middle = (first + last) / 2
      if u < cumulativeWeights[middle] { last = middle } else { first = middle + 1 }
    }
    return first
  }

  /// Writes log ρ and, where there is room for it, the score.
  public func evaluate(
    _ x: Points, _ out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>?
  ) {
    means.withUnsafeBytes { means in
      logScales.withUnsafeBytes { logScales in
        guard let means = means.baseAddress, let logScales = logScales.baseAddress else { return }
        let parameters = MixtureParameters(
          means: means, logScales: logScales,
          precision: 1 / (standardDeviation * standardDeviation), components: modeCount,
          dimension: dimension)
        InstructionSet.active.kernels.mixture(
          parameters, x: x.data, rows: x.count, logDensity: out,
          score: score.map { UnsafeMutableRawPointer($0) })
      }
    }
  }

  private static func require(deviation: Double) throws(ConfigError) {
    guard deviation > 0, deviation.isFinite else {
      throw .invalid(path: "standard_deviation", reason: "it must be positive and finite")
    }
  }
}
