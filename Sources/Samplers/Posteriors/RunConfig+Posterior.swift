import Networks
import Objectives
import Storage

extension RunConfig {
  /// Checks that what is set can be done with a prior.
  /// - Throws: `ConfigError`.
  func validatePosterior() throws(ConfigError) {
    guard prior.isSet else { return }
    try ConfigError.require(
      method == .paths || method == .denoising, "prior.run",
      "the method \(method.rawValue) learns without a prior")
    let chosen: any PathObjective
    do { chosen = try makeObjective() } catch {
      throw error as? ConfigError ?? .invalid(path: "objective", reason: "\(error)")
    }
    try ConfigError.require(
      !chosen.isPathwise, "objective",
      "\(objective) differentiates through paths, whose log-probabilities under a prior depend on them"
    )
    try ConfigError.require(
      !process.learnedBackward, "process.learned_backward",
      "the prior's log-probabilities take the place of those of the way back")
    try ConfigError.require(
      offPolicy.source != .localSearch, "off_policy.source",
      "a local search would climb the constraint alone; choose visited or samples")
    try ConfigError.require(
      prior.policy.kind == .none || offPolicy.source == .none || !offPolicy.objective.isEmpty,
      "off_policy.source",
      "\(prior.policy.kind.rawValue) learns from the model's own paths; name an off_policy.objective for others"
    )
    try ConfigError.require(
      prior.stepFraction == 1 || chosen.unknown != .flow, "prior.step_fraction",
      "an objective with state flows asks for every step")
    try ConfigError.require(
      prior.backAndForth == 0 || prior.backAndForth <= process.steps, "prior.back_and_forth",
      "a path has \(process.steps) steps")
    try ConfigError.require(
      prior.backAndForth == 0 || (offPolicy.source != .none && offPolicy.objective.isEmpty),
      "prior.back_and_forth", "it takes ends from off_policy.source, and no off_policy.objective")
    try ConfigError.require(
      prior.backAndForth == 0 || chosen.unknown != .flow, "prior.back_and_forth",
      "an objective with state flows has no use for it")
  }

  /// The same with the process of a prior, and where the posterior begins as the prior's network, with its sizes.
  ///
  /// What is the prior's may be left out, or say the same.
  /// - Throws: `ConfigError` where it says something else.
  func adopting(_ saved: SavedPrior) throws(ConfigError) -> RunConfig {
    guard saved.config.method != .denoising else {
      return try adopting(saved.config.denoising)
    }
    var config = self
    try ConfigError.require(
      !saved.config.process.learnedBackward, "prior.run",
      "the prior has learned its way back; train it with process.learned_backward = false")
    try ConfigError.require(
      process == saved.config.process || process == RunConfig().process, "process",
      "it is that of the prior: leave it out")
    config.process = saved.config.process
    guard saved.config.method == .paths, prior.initialize != .correction else { return config }
    let (own, its, usual) = (network, saved.config.network, PathNetworkConfig())
    try ConfigError.require(
      own.width == its.width || own.width == usual.width, "network.width",
      "it is that of the prior, \(its.width): leave it out, or choose prior.initialize = correction"
    )
    try ConfigError.require(
      own.layers == its.layers || own.layers == usual.layers, "network.layers",
      "it is that of the prior, \(its.layers): leave it out, or choose prior.initialize = correction"
    )
    (config.network.width, config.network.layers) = (its.width, its.layers)
    return config
  }

  /// An objective with the hinge that is set.
  /// - Throws: `ConfigError` for one that has none.
  func hinged(_ objective: any PathObjective) throws -> any PathObjective {
    guard prior.hinge > 0 else { return objective }
    guard let hinged = objective as? any HingedObjective else {
      throw ConfigError.invalid(
        path: "hinge", reason: "only trajectory-balance and log-variance have one")
    }
    return hinged.hinged(at: prior.hinge)
  }
}
