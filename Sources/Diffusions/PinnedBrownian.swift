import KernelTables
import Kernels

/// The numbers of the process.
public struct ProcessConfig: Codable, Sendable, Equatable {
  /// Number of steps T; each lasts 1/T.
  public var steps = 100
  /// Variance rate σ²: without a drift, the end point is N(0, σ² I).
  public var variance = 5.0
  /// Learn the variance of each step, within exp(± logVarianceRange).
  public var learnedVariance = true
  /// Half-width of the learned change of log σ².
  public var logVarianceRange = 4.0

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case steps, variance
    case learnedVariance = "learned_variance"
    case logVarianceRange = "log_variance_range"
  }
}

/// Brownian motion from 0 on t ∈ [0, 1] and its bridge back to 0, in T equal steps.
///
///     forward   x_{i+1} = x_i + Δ μ(x_i, t_i) + √Δ exp(ℓ_i/2) ε,   ℓ = log σ² + r tanh(raw)
///     backward  x_i | x_{i+1} ~ N(x_{i+1} i/(i+1), σ² Δ i/(i+1));   x_0 = 0 is certain
///
/// With μ = 0 and ℓ = log σ² the product of the backward kernels and N(x_T; 0, σ² I) is the density
/// of the forward path.
/// Reference: Sendera et al. (2024), arXiv:2402.05098, section 2.2
public struct PinnedBrownian: Sendable {
  /// The numbers in use.
  public let config: ProcessConfig
  /// The coefficients of each step.
  package let coefficients: [GaussianStepCoefficients]

  /// Makes the process; `config` has been validated.
  public init(_ config: ProcessConfig) {
    self.config = config
    coefficients = (0..<config.steps).map { PinnedBrownian.coefficients(of: $0, config) }
  }

  /// Number of steps T.
  public var steps: Int { config.steps }

  /// t_i, the time at which step i begins.
  public func time(of step: Int) -> Double { Double(step) / Double(steps) }

  /// Mean factor and variance of x_i given x_{i+1}, for simulating the process backwards.
  public func backward(_ step: Int) -> (retention: Double, variance: Double) {
    (coefficients[step].backwardRetention, coefficients[step].backwardVariance)
  }

  /// Mean 0 and the variance of x_i without a drift, as a backward step from anywhere; that of x_0 counts
  /// as that of x_1.
  ///
  /// What the log flow of a state is likely to be near the beginning of a path.
  package func marginal(_ step: Int) -> GaussianStepCoefficients {
    let duration = 1 / Double(config.steps)
    let variance = config.variance * duration * Double(max(1, step))
    return GaussianStepCoefficients(
      duration: duration, logVariance: 0, backwardRetention: 0, backwardVariance: variance,
      forwardConstant: 0, backwardConstant: scalarLog(2 * .pi * variance))
  }

  private static func coefficients(
    of step: Int, _ config: ProcessConfig
  ) -> GaussianStepCoefficients {
    let duration = 1 / Double(config.steps)
    let retention = Double(step) / Double(step + 1)
    let variance = config.variance * duration * retention
    return GaussianStepCoefficients(
      duration: duration, logVariance: scalarLog(config.variance),
      logVarianceRange: config.learnedVariance ? config.logVarianceRange : 0,
      backwardRetention: retention, backwardVariance: variance,
      forwardConstant: scalarLog(2 * .pi * duration),
      backwardConstant: variance > 0 ? scalarLog(2 * .pi * variance) : 0)
  }
}
