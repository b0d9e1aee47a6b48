import Diffusions
import Networks
import Objectives
import Optimizers
import Storage

/// What to do with paths on which a density or score is NaN or infinite.
public enum NonFinitePolicy: String, Codable, Sendable, CaseIterable {
  /// Stop with an error that names the first such point.
  case stop
  /// Leave those paths out of the loss and count them.
  case reject
}

/// Noise added to the simulated paths of training, not to their log-probabilities.
public struct ExplorationConfig: Codable, Sendable, Equatable {
  /// Standard deviation added to each step, at the start; where steps differ in length, the variance that
  /// is added is in proportion, and this is for the mean step.
  public var standardDeviation = 0.2
  /// The part of all steps over which it falls linearly to zero.
  public var decayFraction = 0.5

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case standardDeviation = "standard_deviation"
    case decayFraction = "decay_fraction"
  }

  /// The standard deviation at a step.
  func standardDeviation(at step: Int, of steps: Int) -> Double {
    let length = decayFraction * Double(steps)
    guard length > 0 else { return 0 }
    return standardDeviation * max(0, 1 - Double(step) / length)
  }
}

/// Everything that decides what a run is; every default is here.
public struct RunConfig: Codable, Sendable, Equatable {
  /// Name of the objective.
  public var objective = "trajectory-balance"
  /// Settings of the objective.
  public var objectiveSettings = ObjectiveSettings()
  /// The state flow, for objectives that have one.
  public var flow = StateFlowConfig()
  /// Training steps in all.
  public var steps = 5000
  /// Paths in each step.
  public var batchSize = 300
  /// Paths of a step that share a condition, for conditional densities.
  public var conditionRepeats = 10
  /// Decides every random number.
  public var seed: UInt64 = 0
  /// The process.
  public var process = ProcessConfig()
  /// The network.
  public var network = PathNetworkConfig()
  /// Exploration.
  public var exploration = ExplorationConfig()
  /// Training on paths from points found before.
  public var offPolicy = OffPolicyConfig()
  /// The optimiser.
  public var optimizer = OptimizerConfig()
  /// What to do about a NaN or an infinity.
  public var nonFinite = NonFinitePolicy.stop
  /// Steps from one report to the next.
  public var reportEvery = 50
  /// Steps from one checkpoint to the next.
  public var checkpointEvery = 1000
  /// Folder for checkpoints and metrics; empty for none.
  public var out = ""
  /// Go on from the checkpoint in `out` where there is one.
  public var resume = false

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case objective, flow, steps, seed, process, network, exploration, optimizer, out, resume
    case objectiveSettings = "objective_settings"
    case batchSize = "batch_size"
    case conditionRepeats = "condition_repeats"
    case offPolicy = "off_policy"
    case nonFinite = "non_finite"
    case reportEvery = "report_every"
    case checkpointEvery = "checkpoint_every"
  }

  /// The keys that may differ when a run is taken up again: they change nothing already done.
  static let changeable = ["steps", "report_every", "checkpoint_every", "out", "resume"]
}

extension RunConfig {
  /// Checks every number.
  /// - Throws: `ConfigError.invalid` with the key's path.
  public func validate() throws(ConfigError) {
    try ConfigError.require(steps >= 0, "steps", "it must not be negative")
    try ConfigError.require(
      (1...1_000_000).contains(batchSize), "batch_size", "it must be from 1 to 1000000")
    try ConfigError.require(
      (1...100_000).contains(process.steps), "process.steps", "it must be from 1 to 100000")
    try ConfigError.require(
      (1...batchSize).contains(conditionRepeats)
        || conditionRepeats == RunConfig().conditionRepeats,
      "condition_repeats", "it must be from 1 to the batch size")
    try validateProcess()
    try ConfigError.require(
      (1...8192).contains(network.width), "network.width", "it must be from 1 to 8192")
    try ConfigError.require(
      (0...64).contains(network.layers), "network.layers", "it must be from 0 to 64")
    try ConfigError.requirePositive(network.scoreBound, "network.score_bound")
    try ConfigError.require(
      (0...1e6).contains(exploration.standardDeviation), "exploration.standard_deviation",
      "it must be from 0 to 1000000")
    try ConfigError.require(
      (0...1).contains(exploration.decayFraction), "exploration.decay_fraction",
      "it must be from 0 to 1")
    try validateObjective()
    try validate("off_policy") { try validateOffPolicy() }
    try validate("optimizer") { try optimizer.validate() }
    try ConfigError.require(reportEvery >= 1, "report_every", "it must be at least 1")
    try ConfigError.require(checkpointEvery >= 1, "checkpoint_every", "it must be at least 1")
  }

  /// The objective with its settings.
  /// - Throws: `ConfigError` for an unknown name, or a setting that it lacks or that makes no sense.
  func makeObjective() throws -> any PathObjective {
    _ = try objectives.entry(objective, at: "objective")
    do {
      return try objectiveSettings.make(objective)
    } catch let error as ConfigError {
      throw error.under("objective_settings")
    }
  }

  private func validateProcess() throws(ConfigError) {
    try validate("process") { _ = try process.makeDiffusion() }
    try ConfigError.require(
      (1...1000).contains(process.gridRatio), "process.grid_ratio", "it must be from 1 to 1000")
    try ConfigError.require(
      (0...20).contains(process.logVarianceRange), "process.log_variance_range",
      "it must be from 0 to 20")
    try ConfigError.require(
      (0..<1).contains(process.backwardRange), "process.backward_range",
      "it must be at least 0 and below 1")
  }

  private func validateObjective() throws(ConfigError) {
    let chosen: any PathObjective
    do {
      chosen = try makeObjective()
    } catch let error as ConfigError {
      throw error
    } catch {
      throw .invalid(path: "objective", reason: "\(error)")
    }
    try ConfigError.require(
      chosen.unknown == .flow || flow == StateFlowConfig(), "flow",
      "the objective '\(objective)' has no state flow")
    try ConfigError.require(
      !chosen.needsGivenEnds || (offPolicy.source == .samples && offPolicy.every == 1),
      "objective", "\(objective) needs off_policy.source = samples and off_policy.every = 1")
    try ConfigError.require(
      !chosen.isPathwise || offPolicy.source == .none || !offPolicy.objective.isEmpty,
      "off_policy.objective",
      "\(objective) differentiates through its own paths; name an objective for other paths")
  }

  /// Runs checks whose errors name keys below a path.
  private func validate(_ path: String, _ checks: () throws -> Void) throws(ConfigError) {
    do {
      try checks()
    } catch let error as ConfigError {
      throw error.under(path)
    } catch {
      throw .invalid(path: path, reason: "\(error)")
    }
  }

  private func validateOffPolicy() throws {
    try offPolicy.validate()
    guard let other = try backwardObjective() else { return }
    let own = try makeObjective()
    try ConfigError.require(!other.isPathwise, "objective", "it differentiates through paths")
    try ConfigError.require(
      other.unknown == .nothing || other.unknown == own.unknown, "objective",
      "it learns something else beside the sampler than '\(objective)'")
  }

  /// The objective of steps that go backwards, where it is not that of the run.
  /// - Throws: `ConfigError`.
  func backwardObjective() throws -> (any PathObjective)? {
    guard !offPolicy.objective.isEmpty else { return nil }
    return try objectives.entry(offPolicy.objective, at: "objective").make(.object(JSONObject()))
  }
}
