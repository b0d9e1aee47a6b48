import Catalogs
import KernelTables
import Kernels
import Storage

/// The numbers of gradient descent with momentum.
public struct SGDConfig: Codable, Sendable, Equatable {
  /// The part μ of the velocity that is kept; 0 for plain gradient descent.
  public var momentum = 0.9
  /// Whether the step looks ahead along the velocity.
  public var nesterov = false

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey { case momentum, nesterov }
}

/// Gradient descent with momentum.
///
/// ```text
/// g ← g + λ p,  v ← μ v + g
/// p ← p - α v            or, with Nesterov's look-ahead,  p ← p - α (g + μ v)
/// ```
///
/// As in PyTorch's `SGD` without dampening: the velocity holds slopes, so that a change of α acts at
/// once. A steady gradient moves the parameters α / (1 - μ) times as far. Memory: a float a parameter.
///
/// Reference: Sutskever, Martens, Dahl and Hinton (2013), *On the importance of initialization and
/// momentum in deep learning*, section 2, ICML
public struct SGD: UpdateRule {
  static let reference = Reference(
    "Sutskever, Martens, Dahl, Hinton", 2013,
    "On the importance of initialization and momentum in deep learning", "ICML 2013")

  /// Momentum.
  public let config: SGDConfig

  /// Checks the numbers.
  /// - Throws: `ConfigError.invalid`.
  public init(_ config: SGDConfig = SGDConfig()) throws(ConfigError) {
    try ConfigError.require(
      (0..<1).contains(config.momentum), "momentum", "it must be in [0, 1)")
    try ConfigError.require(
      config.momentum > 0 || !config.nesterov, "nesterov", "it needs a positive momentum")
    self.config = config
  }

  /// v.
  public var bufferNames: [String] { ["sgd.velocity"] }

  /// Moves parameters and velocity one step.
  public func update(_ span: ParameterSpan, _ settings: UpdateSettings) {
    let coefficients = SGDCoefficients(
      rate: settings.learningRate, momentum: config.momentum, nesterov: config.nesterov,
      weightDecay: settings.weightDecay, gradientFactor: settings.gradientFactor)
    InstructionSet.active.kernels.sgd(
      coefficients, parameters: span.values, gradient: span.gradient, velocity: span.buffer(0),
      count: span.count)
  }
}
