import KernelTables
import Storage

/// The numbers of particles whose pairs have two distances of least energy.
public struct DoubleWellParticlesConfig: Codable, Sendable, Equatable {
  /// N.
  public var particles = 4
  /// s, 2 or 3.
  public var spaceDimension = 2
  /// d.
  public var distance = 4.0
  /// a.
  public var linear = 0.0
  /// b.
  public var quadratic = -4.0
  /// c.
  public var quartic = 0.9
  /// k of ½ k Σ |x_i - x̄|².
  public var oscillator = 0.0
  /// What holds the centre of mass.
  public var center = ParticleCenter.normal

  /// DW4.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case particles, distance, linear, quadratic, quartic, oscillator, center
    case spaceDimension = "space_dimension"
  }
}

/// u(r) = a (r - d) + b (r - d)² + c (r - d)⁴.
extension DoubleWellParticlesConfig: KernelPairPotential {
  /// Checks the numbers of the pair energy.
  public func validatePair() throws(ConfigError) {
    try ConfigError.requirePositive(quartic, "quartic")
    for (value, path) in [(distance, "distance"), (linear, "linear"), (quadratic, "quadratic")] {
      try ConfigError.require(value.isFinite, path, "it must be finite")
    }
  }

  var form: PairForm {
    .doubleWell(distance: distance, linear: linear, quadratic: quadratic, quartic: quartic)
  }
}
