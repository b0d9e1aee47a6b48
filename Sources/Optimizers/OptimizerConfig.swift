import Catalogs
import Storage
import Tensors

/// How parameters learn: the rule, its rates, their schedule and the bound on the gradient.
///
/// The settings of all rules and schedules stand side by side; one that the chosen rule or schedule
/// does not have must keep its default.
public struct OptimizerConfig: Codable, Sendable, Equatable {
  /// Name of the rule.
  public var name = "adam"
  /// Learning rate of the networks.
  public var learningRate = 2e-3
  /// Learning rate of log Z, where it is one number.
  public var logZLearningRate = 0.1
  /// Learning rate of state flows, and of log Z where it depends on a condition.
  public var flowLearningRate = 1e-2
  /// Decay of the gradient's mean, β₁ (Adam, AdamW).
  public var momentDecay = AdamConfig().momentDecay
  /// Decay of the squared gradient's mean, β₂ (Adam, AdamW).
  public var varianceDecay = AdamConfig().varianceDecay
  /// ε (Adam, AdamW).
  public var epsilon = AdamConfig().epsilon
  /// The part μ of the velocity that is kept (SGD).
  public var momentum = SGDConfig().momentum
  /// Whether the step looks ahead along the velocity (SGD).
  public var nesterov = SGDConfig().nesterov
  /// Weight decay λ of the networks: an addition to the gradient, or by itself (AdamW).
  public var weightDecay = 0.0
  /// The norm that the whole gradient is shortened to where it is longer; 0 for none.
  ///
  /// Bounded unless set: the squared residuals of a few paths far out, where a density falls like a high
  /// power, would drown all others for thousands of steps.
  public var clipNorm = 1.0
  /// Name of the schedule of the learning rates.
  public var schedule = "linear"
  /// The first steps, over which the rates rise linearly; the schedule begins after them.
  public var warmUpSteps = 0
  /// The last part of all steps over which the rates fall (linear, cosine).
  public var decayFraction = FallConfig().decayFraction
  /// The factor below which the rates do not fall (linear, cosine, step, plateau).
  public var rateFloor = FallConfig().rateFloor
  /// Steps c of √(c / (c + t)) (inverse-square-root).
  public var timescale = InverseSquareRootConfig().timescale
  /// Steps from one drop to the next (step).
  public var dropEvery = StepScheduleConfig().dropEvery
  /// What a drop multiplies the rates by (step, plateau).
  public var dropFactor = StepScheduleConfig().dropFactor
  /// Losses averaged into one figure (plateau).
  public var plateauWindow = PlateauConfig().plateauWindow
  /// Figures without progress before a drop (plateau).
  public var plateauPatience = PlateauConfig().plateauPatience
  /// The part of the best figure that counts as progress (plateau).
  public var plateauThreshold = PlateauConfig().plateauThreshold

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case name, epsilon, momentum, nesterov, schedule, timescale
    case learningRate = "learning_rate"
    case logZLearningRate = "log_z_learning_rate"
    case flowLearningRate = "flow_learning_rate"
    case momentDecay = "moment_decay"
    case varianceDecay = "variance_decay"
    case weightDecay = "weight_decay"
    case clipNorm = "clip_norm"
    case warmUpSteps = "warm_up_steps"
    case decayFraction = "decay_fraction"
    case rateFloor = "rate_floor"
    case dropEvery = "drop_every"
    case dropFactor = "drop_factor"
    case plateauWindow = "plateau_window"
    case plateauPatience = "plateau_patience"
    case plateauThreshold = "plateau_threshold"
  }
}

extension OptimizerConfig {
  /// The rates of a group; weight decay is for networks only.
  public func settings(of group: ParameterGroup) -> GroupSettings {
    switch group {
    case .network: GroupSettings(learningRate: learningRate, weightDecay: weightDecay)
    case .logZ: GroupSettings(learningRate: logZLearningRate)
    case .flow: GroupSettings(learningRate: flowLearningRate)
    case .statistics: GroupSettings(learningRate: 0)
    }
  }

  /// The optimiser of an initialised set.
  /// - Throws: `ConfigError`.
  public func makeOptimizer(for parameters: ParameterSet) throws -> Optimizer {
    Optimizer(try makeRule(), parameters, settings: settings)
  }

  /// The schedule, with its warm-up.
  /// - Throws: `ConfigError`.
  public func makeSchedule() throws -> any Schedule {
    let main = try schedules.make(
      schedule, at: "schedule", from: tree(of: self), defaults: tree(of: OptimizerConfig()))
    return warmUpSteps > 0 ? WarmUp(steps: warmUpSteps, then: main) : main
  }

  /// Checks every number.
  /// - Throws: `ConfigError` with the key's path.
  public func validate() throws {
    try ConfigError.requirePositive(learningRate, "learning_rate")
    try ConfigError.requirePositive(logZLearningRate, "log_z_learning_rate")
    try ConfigError.requirePositive(flowLearningRate, "flow_learning_rate")
    for (value, path) in [(weightDecay, "weight_decay"), (clipNorm, "clip_norm")] {
      try ConfigError.require(value >= 0 && value.isFinite, path, "it must not be negative")
    }
    try ConfigError.require(
      (0...1_000_000_000).contains(warmUpSteps), "warm_up_steps", "it must be from 0 to 1000000000")
    _ = try makeRule()
    _ = try makeSchedule()
  }

  private func makeRule() throws -> any UpdateRule {
    try optimizers.make(
      name, at: "name", from: tree(of: self), defaults: tree(of: OptimizerConfig()))
  }

  private func tree(of config: OptimizerConfig) throws -> JSONObject {
    try ConfigEncoder().encode(config).object ?? JSONObject()
  }
}
