import Catalogs
import KernelTables
import Kernels
import Storage

/// The numbers of Adam and AdamW.
public struct AdamConfig: Codable, Sendable, Equatable {
  /// Decay of the gradient's mean, β₁.
  public var momentDecay = 0.9
  /// Decay of the squared gradient's mean, β₂.
  public var varianceDecay = 0.999
  /// ε.
  public var epsilon = 1e-8

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case momentDecay = "moment_decay"
    case varianceDecay = "variance_decay"
    case epsilon
  }
}

/// Adam, and with decoupled weight decay AdamW.
///
/// ```text
/// g ← g + λ p                      Adam:  an L2 penalty, scaled by Adam like any gradient
/// m ← β₁ m + (1 - β₁) g,  v ← β₂ v + (1 - β₂) g²
/// p ← p - α λ p                    AdamW: all parameters shrink alike
/// p ← p - α m̂ / (√v̂ + ε),  m̂ = m / (1 - β₁ᵗ),  v̂ = v / (1 - β₂ᵗ)
/// ```
///
/// As in PyTorch's `Adam` and `AdamW`. Memory: two floats a parameter.
///
/// Reference: Kingma and Ba (2015), *Adam*, algorithm 1, arXiv:1412.6980; Loshchilov and Hutter
/// (2019), *Decoupled Weight Decay Regularization*, algorithm 2, arXiv:1711.05101
public struct Adam: UpdateRule {
  static let reference = Reference(
    "Kingma, Ba", 2015, "Adam: a method for stochastic optimization", "arXiv:1412.6980")
  static let decoupledReference = Reference(
    "Loshchilov, Hutter", 2019, "Decoupled weight decay regularization", "arXiv:1711.05101")

  /// The decays and ε.
  public let config: AdamConfig
  /// Whether weight decay goes past the moments (AdamW).
  public let isDecoupled: Bool

  /// Checks the numbers.
  /// - Throws: `ConfigError.invalid`.
  public init(_ config: AdamConfig = AdamConfig(), isDecoupled: Bool = false) throws(ConfigError) {
    for (decay, path) in [
      (config.momentDecay, "moment_decay"), (config.varianceDecay, "variance_decay"),
    ] {
      try ConfigError.require((0..<1).contains(decay), path, "it must be in [0, 1)")
    }
    try ConfigError.requirePositive(config.epsilon, "epsilon")
    self.config = config
    self.isDecoupled = isDecoupled
  }

  /// m and v.
  public var bufferNames: [String] { ["adam.moment", "adam.variance"] }

  /// Moves parameters and moments one step.
  public func update(_ span: ParameterSpan, _ settings: UpdateSettings) {
    InstructionSet.active.kernels.adam(
      coefficients(settings), parameters: span.values, gradient: span.gradient,
      moment: span.buffer(0), variance: span.buffer(1), count: span.count)
  }

  private func coefficients(_ settings: UpdateSettings) -> AdamCoefficients {
    let momentCorrection = 1 - scalarPower(config.momentDecay, settings.step)
    let varianceCorrection = 1 - scalarPower(config.varianceDecay, settings.step)
    return AdamCoefficients(
      rate: settings.learningRate / momentCorrection, momentDecay: config.momentDecay,
      varianceDecay: config.varianceDecay, varianceCorrection: varianceCorrection.squareRoot(),
      epsilon: config.epsilon, weightDecay: isDecoupled ? 0 : settings.weightDecay,
      shrinkage: isDecoupled ? settings.learningRate * settings.weightDecay : 0,
      gradientFactor: settings.gradientFactor)
  }
}
