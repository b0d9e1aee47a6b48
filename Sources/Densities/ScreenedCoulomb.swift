import KernelTables
import Storage

/// The numbers of particles of one charge in an oscillator.
public struct ScreenedCoulombConfig: Codable, Sendable, Equatable {
  /// N.
  public var particles = 8
  /// s, 2 or 3.
  public var spaceDimension = 3
  /// A.
  public var strength = 10.0
  /// κ, one over the length over which charges are screened; 0 for bare charges.
  public var screening = 1.0
  /// k of ½ k Σ |x_i - x̄|².
  public var oscillator = 1.0
  /// What holds the centre of mass.
  public var center = ParticleCenter.normal

  /// Eight particles.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case particles, strength, screening, oscillator, center
    case spaceDimension = "space_dimension"
  }
}

/// u(r) = A exp(-κ r) / r, also known by Yukawa and by Debye and Hückel.
extension ScreenedCoulombConfig: KernelPairPotential {
  /// Checks the numbers of the pair energy.
  public func validatePair() throws(ConfigError) {
    try ConfigError.requirePositive(strength, "strength")
    try ConfigError.require(
      screening >= 0 && screening.isFinite, "screening", "it must not be negative")
    try ConfigError.requirePositive(oscillator, "oscillator")
  }

  var form: PairForm { .screenedCoulomb(strength: strength, screening: screening) }
}
