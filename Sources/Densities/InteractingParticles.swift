import KernelTables
import Kernels
import Storage

/// What holds the centre of mass of particles.
public enum ParticleCenter: String, Codable, Sendable, CaseIterable {
  /// log ρ has a term -½ N |x̄|²: √N x̄ is a standard normal that the shape does not depend on, so that
  /// ρ has an integral on ℝᴺˢ, (2π)^(s/2) times that on the mean-free subspace.
  case normal
  /// Nothing: ρ is a density on the mean-free subspace only.
  case free
}

/// The energy of two particles as a function of their distance, and what goes with it.
public protocol PairPotential: Codable, Sendable {
  /// N.
  var particles: Int { get }
  /// s, 2 or 3.
  var spaceDimension: Int { get }
  /// k of the oscillator that holds particles together, ½ k Σ |x_i - x̄|².
  var oscillator: Double { get }
  /// What holds the centre of mass.
  var center: ParticleCenter { get }
  /// Checks the numbers of the pair energy.
  /// - Throws: `ConfigError`.
  func validatePair() throws(ConfigError)
}

/// A pair potential that the kernels know.
protocol KernelPairPotential: PairPotential {
  /// u, once the numbers are checked.
  var form: PairForm { get }
}

/// Particles that interact in pairs,
/// log ρ(x) = -Σ_{i<j} u(|x_i - x_j|) - ½ k Σ |x_i - x̄|², and -½ N |x̄|² where the centre is held.
///
/// Energies and forces are exact, over all pairs. Samples obey ⟨(x - x̄) · ∇ log ρ⟩ = -(N - 1) s.
public struct InteractingParticles: ParticleDensity {
  /// How many particles, and where.
  public let system: ParticleSystem
  private let parameters: ParticleParameters

  /// Particles of checked numbers.
  /// - Throws: `ConfigError` for numbers out of range.
  init(_ potential: some KernelPairPotential) throws(ConfigError) {
    try ConfigError.require(
      (2...10_000).contains(potential.particles), "particles", "it must be from 2 to 10000")
    try ConfigError.require(
      (2...3).contains(potential.spaceDimension), "space_dimension", "it must be 2 or 3")
    try ConfigError.require(
      potential.oscillator >= 0 && potential.oscillator.isFinite, "oscillator",
      "it must not be negative")
    try potential.validatePair()
    system = ParticleSystem(
      particles: potential.particles, spaceDimension: potential.spaceDimension)
    parameters = ParticleParameters(
      pair: potential.form, particles: potential.particles,
      spaceDimension: potential.spaceDimension, oscillator: potential.oscillator,
      center: potential.center == .normal ? 1 : 0)
  }

  private init(_ system: ParticleSystem, _ parameters: ParticleParameters) {
    (self.system, self.parameters) = (system, parameters)
  }

  /// N s.
  public var dimension: Int { system.dimension }

  /// The same without what holds the centre.
  public var withFreeCenter: any ParticleDensity {
    var free = parameters
    free.center = 0
    return InteractingParticles(system, free)
  }

  /// Writes log ρ.
  public func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) {
    InstructionSet.active.kernels.particles(
      parameters, x: x.data, rows: x.count, logDensity: out, score: nil)
  }

  /// Writes log ρ and the score.
  public func logDensity(
    of x: Points, into out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>
  ) {
    InstructionSet.active.kernels.particles(
      parameters, x: x.data, rows: x.count, logDensity: out, score: score)
  }
}
