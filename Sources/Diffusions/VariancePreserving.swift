import Catalogs
import Kernels
import Storage

/// The numbers of a process that keeps N(0, σ²) as it is.
public struct VariancePreservingConfig: Codable, Sendable, Equatable {
  /// The variance that is kept.
  public var variance = 1.0
  /// β at the density's end, where t is 1.
  public var rateStart = 0.01
  /// β at the noise's end, where t is 0.
  public var rateEnd = 4.0

  /// The published numbers.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case variance
    case rateStart = "rate_start"
    case rateEnd = "rate_end"
  }

  func validate() throws {
    try ConfigError.requirePositive(variance, "variance")
    try ConfigError.requirePositive(rateStart, "rate_start")
    try ConfigError.requirePositive(rateEnd, "rate_end")
  }

  /// ∫ β between two times; β falls in a straight line as t grows.
  func noise(from start: Double, to end: Double) -> Double {
    let middle = 0.5 * (start + end)
    return (end - start) * (rateEnd + (rateStart - rateEnd) * middle)
  }
}

/// The Ornstein-Uhlenbeck process at rest in N(0, σ² I), in exact steps.
///
///     forward   x_{i+1} = a x_i + (1 - a²) μ(x_i, t_i) + √(1 - a²) exp(ℓ_i/2) ε,   a = exp(-∫β)
///     backward  x_i | x_{i+1} ~ N(a x_{i+1}, σ² (1 - a²)),   x_0 ~ N(0, σ² I)
///
/// At rest, without a drift, forwards and backwards are the same process: the reference of denoising
/// diffusion samplers.
/// Reference: Vargas, Grathwohl, Doucet (2023), arXiv:2302.13834, eq. 13; the rates of Sendera et al.
/// (2024), arXiv:2402.05098, table C.2
public struct VariancePreserving: Diffusion {
  private let config: VariancePreservingConfig

  /// - Throws: `ConfigError`.
  public init(_ config: VariancePreservingConfig) throws {
    try config.validate()
    self.config = config
  }

  /// σ².
  public var startVariance: Double { config.variance }

  /// An exact step of the process at rest.
  public func transition(from start: Double, to end: Double) -> Transition {
    let retention = scalarExp(-config.noise(from: start, to: end))
    let duration = 1 - retention * retention
    return Transition(
      retention: retention, duration: duration, logVariance: scalarLog(config.variance),
      backwardRetention: retention, backwardVariance: config.variance * duration)
  }

  /// σ².
  public func marginalVariance(at time: Double) -> Double { config.variance }
}
