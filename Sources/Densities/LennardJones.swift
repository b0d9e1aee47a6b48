import Catalogs
import KernelTables
import Storage

/// How often a Lennard-Jones cluster counts a pair; both are published.
public enum PairConvention: String, Codable, Sendable, CaseIterable {
  /// Each pair twice, as in the sums over ordered pairs of the published samplers and their data.
  case twice
  /// Each pair once, as the formula of the papers reads.
  case once
}

/// The numbers of a Lennard-Jones cluster.
public struct LennardJonesConfig: Codable, Sendable, Equatable {
  /// N.
  public var particles = 13
  /// s, 2 or 3.
  public var spaceDimension = 3
  /// How often a pair counts.
  public var pairs = PairConvention.twice
  /// ε, the depth of the well of a pair that counts once.
  public var strength = 1.0
  /// R, the distance of least energy.
  public var radius = 1.0
  /// k of ½ k Σ |x_i - x̄|².
  public var oscillator = 1.0
  /// Softness of the core, s = 1 / ((r/R)⁶ + softness) in place of (R/r)⁶; 0 for none.
  public var softness = 0.0
  /// The distance, in units of R, below which the energy goes on as a cubic; 0 for none.
  public var splineBelow = 0.0
  /// What holds the centre of mass.
  public var center = ParticleCenter.normal

  /// A cluster of so many particles.
  public init(particles: Int = 13) { self.particles = particles }

  enum CodingKeys: String, CodingKey {
    case particles, pairs, strength, radius, oscillator, softness, center
    case spaceDimension = "space_dimension"
    case splineBelow = "spline_below"
  }
}

/// u(r) = A ((R/r)¹² - 2 (R/r)⁶), A = 2 ε or, where pairs count once, ε.
extension LennardJonesConfig: KernelPairPotential {
  /// Sources.
  public static let references = [
    Reference(
      "Köhler, Klein, Noé", 2020,
      "Equivariant flows: exact likelihood generative learning for symmetric densities",
      "arXiv:2006.02425"),
    Reference(
      "Akhound-Sadegh, Rector-Brooks, Bose, et al.", 2024,
      "Iterated denoising energy matching for sampling from Boltzmann densities",
      "arXiv:2402.06121"),
  ]

  /// Checks the numbers of the pair energy.
  public func validatePair() throws(ConfigError) {
    try ConfigError.requirePositive(strength, "strength")
    try ConfigError.requirePositive(radius, "radius")
    try ConfigError.require((0...1).contains(softness), "softness", "it must be from 0 to 1")
    try ConfigError.require(
      splineBelow == 0 || (0.3...1).contains(splineBelow), "spline_below",
      "it must be 0 or from 0.3 to 1")
    try ConfigError.require(
      softness == 0 || splineBelow == 0, "softness", "a core is either soft or a cubic, not both")
  }

  var form: PairForm {
    let depth = pairs == .twice ? 2 * strength : strength
    return splineBelow > 0
      ? .splinedLennardJones(strength: depth, radius: radius, cut: splineBelow * radius)
      : .lennardJones(strength: depth, radius: radius, softness: softness)
  }
}
