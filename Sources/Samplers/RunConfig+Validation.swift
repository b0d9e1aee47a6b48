import Catalogs
import Networks
import Objectives
import Storage

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
      (0...1e6).contains(network.gateBound), "network.gate_bound", "it must be from 0 to 1000000")
    try ConfigError.require(
      (0...1e6).contains(exploration.standardDeviation), "exploration.standard_deviation",
      "it must be from 0 to 1000000")
    try ConfigError.require(
      (0...1).contains(exploration.decayFraction), "exploration.decay_fraction",
      "it must be from 0 to 1")
    try validateObjective()
    try validate("off_policy") { try validateOffPolicy() }
    try validate("energy_matching") { try energyMatching.validate() }
    try ConfigError.require(
      method.matchesEnergies || energyMatching == EnergyMatchingConfig(),
      "energy_matching",
      "it has settings of the methods idem and pdem, and the method is \(method.rawValue)")
    try ConfigError.require(
      method != .pdem || !energyMatching.includeOrigin, "energy_matching.include_origin",
      "pdem keeps no points that are like the density's")
    try validate("denoising") { try denoising.validate() }
    try ConfigError.require(
      method == .denoising || prior.isSet || denoising == DenoisingConfig(), "denoising",
      "it has settings of the method denoising, and the method is \(method.rawValue)")
    try validate("prior") { try prior.validate() }
    try ConfigError.require(
      !offPolicy.source.followsPrior || prior.isSet, "off_policy.source", "there is no prior")
    try validatePosterior()
    try validate("optimizer") { try optimizer.validate() }
    try ConfigError.require(reportEvery >= 1, "report_every", "it must be at least 1")
    try ConfigError.require(checkpointEvery >= 1, "checkpoint_every", "it must be at least 1")
  }

  /// The objective with its settings.
  /// - Throws: `ConfigError` for an unknown name, or a setting that it lacks or that makes no sense.
  func makeObjective() throws -> any PathObjective {
    _ = try objectives.entry(objective, at: "objective")
    do {
      return try hinged(try objectiveSettings.make(objective))
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
      !chosen.needsOwnPaths || offPolicy.source == .none || !offPolicy.objective.isEmpty,
      "off_policy.objective",
      "\(objective) learns from the model's own paths; name an objective for other paths")
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
    try ConfigError.require(
      !other.needsOwnPaths, "objective", "it learns from the model's own paths")
    try ConfigError.require(
      other.unknown == .nothing || other.unknown == own.unknown, "objective",
      "it learns something else beside the sampler than '\(objective)'")
  }

  /// The objective of steps that go backwards, where it is not that of the run.
  /// - Throws: `ConfigError`.
  func backwardObjective() throws -> (any PathObjective)? {
    guard !offPolicy.objective.isEmpty else { return nil }
    return try hinged(
      try objectives.entry(offPolicy.objective, at: "objective").make(.object(JSONObject())))
  }
}
