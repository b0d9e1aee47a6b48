import Catalogs
import Kernels
import Storage

/// The numbers of a mixture with means scattered over a cube.
public struct ScatteredMixtureConfig: Codable, Sendable, Equatable {
  /// Number of components.
  public var components = 40
  /// D.
  public var dimension = 2
  /// Half the edge of the cube around the origin.
  public var radius = 40.0
  /// Standard deviation of all components in every direction: log(1 + e).
  public var standardDeviation = 1.3132616875182228
  /// Decides the means.
  public var seed: UInt32 = 0

  /// The forty components in the plane.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case components, dimension, radius, seed
    case standardDeviation = "standard_deviation"
  }
}

extension GaussianMixture {
  /// Sources of the mixture of forty Gaussians.
  public static let scatteredReferences = [
    Reference(
      "Midgley, Stimper, Simm, Schölkopf, Hernández-Lobato", 2023,
      "Flow annealed importance sampling bootstrap", "arXiv:2208.01893"),
    Reference(
      "Akhound-Sadegh, Rector-Brooks, Bose, et al.", 2024,
      "Iterated denoising energy matching for sampling from Boltzmann densities",
      "arXiv:2402.06121"),
  ]

  /// A mixture of equal Gaussians whose means m = 2 radius (u - ½) are the first uniforms u of MT19937.
  ///
  /// The defaults are the forty Gaussians of the literature, its means to the last bit; entropy 6.858.
  /// Several components overlap, the nearest two means being 1.2 apart, so that the cells of the
  /// nearest mean hold from 0.967 to 1.018 times the mass of their component.
  /// - Throws: `ConfigError` for numbers out of range.
  public init(scattered config: ScatteredMixtureConfig) throws(ConfigError) {
    try ConfigError.require(config.components > 0, "components", "it must be positive")
    try ConfigError.require(config.dimension > 0, "dimension", "it must be positive")
    try ConfigError.requirePositive(config.radius, "radius")
    let (count, overflow) = config.components.multipliedReportingOverflow(by: config.dimension)
    try ConfigError.require(
      !overflow && count <= MersenneTwister.count, "components",
      "with \(config.dimension) coordinates each there must be at most "
        + "\(MersenneTwister.count / config.dimension)")
    let generator = MersenneTwister(seed: config.seed)
    let edge = Float(2 * config.radius)
    var mixture = GaussianMixtureConfig()
    mixture.means = (0..<config.components).map { k in
      (0..<config.dimension).map { j in
        Double((generator.unit(k * config.dimension + j) - 0.5) * edge)
      }
    }
    mixture.standardDeviation = config.standardDeviation
    try self.init(mixture)
  }
}
