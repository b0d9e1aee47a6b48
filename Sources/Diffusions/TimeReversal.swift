import Catalogs
import Kernels
import Storage

/// The time reversal of a process that turns the density into noise, in Euler steps.
///
///     forward   x_{i+1} = (1 - B) x_i + 2B μ(x_i, t_i) + √(2B) exp(ℓ_i/2) ε,   B = ∫β
///     backward  x_i | x_{i+1} ~ N((1 - B) x_{i+1}, 2B σ²),   x_0 ~ N(0, σ² I)
///
/// The reversal drifts by β x + 2β σ² ∇ log p, p the noised density. Of that, the part of N(0, σ² I) is in
/// the first term here, and μ = σ² ∇ log (p / N(0, σ² I)) is what is left to learn: zero at rest, where
/// a drift of β x alone would carry untrained paths far away.
/// Reference: Berner, Richter, Ullrich (2024), arXiv:2211.01364, section 2
public struct TimeReversal: Diffusion {
  private let config: VariancePreservingConfig

  /// - Throws: `ConfigError`.
  public init(_ config: VariancePreservingConfig) throws {
    try config.validate()
    self.config = config
  }

  /// σ².
  public var startVariance: Double { config.variance }

  /// An Euler step of the reversal, and one of the process.
  public func transition(from start: Double, to end: Double) -> Transition {
    let noise = config.noise(from: start, to: end)
    return Transition(
      retention: 1 - noise, duration: 2 * noise, logVariance: scalarLog(config.variance),
      backwardRetention: 1 - noise, backwardVariance: 2 * noise * config.variance)
  }

  /// σ².
  public func marginalVariance(at time: Double) -> Double { config.variance }
}
