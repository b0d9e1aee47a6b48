import Catalogs
import Kernels
import Storage

/// Brownian motion from 0 on t ∈ [0, 1] and its bridge back to 0.
///
///     forward   x_{i+1} = x_i + Δ μ(x_i, t_i) + √Δ exp(ℓ_i/2) ε,   ℓ = log σ² + r tanh(raw)
///     backward  x_i | x_{i+1} ~ N(x_{i+1} t_i / t_{i+1}, σ² Δ t_i / t_{i+1});   x_0 = 0 is certain
///
/// With μ = 0 and ℓ = log σ² the product of the backward kernels and N(x_T; 0, σ² I) is the density
/// of the forward path.
/// Reference: Sendera et al. (2024), arXiv:2402.05098, section 2.2
public struct PinnedBrownian: Diffusion {
  private let variance: Double

  /// Motion whose end has a variance, without a drift.
  /// - Throws: `ConfigError`.
  public init(_ config: VarianceConfig) throws {
    variance = try config.checked()
  }

  /// 0: the motion begins at 0.
  public var startVariance: Double { 0 }

  /// A step of the motion, and of the bridge.
  public func transition(from start: Double, to end: Double) -> Transition {
    Transition(
      duration: end - start, logVariance: scalarLog(variance), backwardRetention: start / end,
      backwardVariance: variance * (end - start) * (start / end))
  }

  /// σ² t.
  public func marginalVariance(at time: Double) -> Double { variance * time }
}

/// σ² of a process.
public struct VarianceConfig: Codable, Sendable, Equatable {
  /// The variance of its end without a drift.
  public var variance = ProcessConfig().variance

  /// The default.
  public init() {}

  func checked() throws -> Double {
    try ConfigError.requirePositive(variance, "variance")
    return variance
  }
}
