import Densities
import Kernels
import Objectives
import Storage
import Tensors
import Training

/// The steps of training whose paths are simulated backwards from given end points.
final class BackwardTraining {
  /// Where the end points come from.
  let source: EndPointSource
  private let config: OffPolicyConfig
  private let blocks: PathBlocks?
  private let roundTrips: RoundTrips?

  /// Nil where the configuration has no such steps.
  /// - Throws: `ConfigError`, `StorageError`.
  init?(
    _ run: RunConfig, _ model: PathModel, _ density: CountedDensity,
    _ objective: any PathObjective, pool: ThreadPool
  ) throws {
    guard run.offPolicy.source != .none else { return nil }
    config = run.offPolicy
    let known: (any Density)? =
      run.prior.isSet ? (density.base as? any ConstraintDensity)?.posterior : density.base
    let repeats = model.conditions == nil ? 0 : run.conditionRepeats
    try ConfigError.require(
      repeats == 0 || config.source != .samples, "off_policy.source",
      "paths of a condition are simulated together, and samples come one by one")
    do {
      source = try EndPointSource(
        config, density, count: run.batchSize, conditionRepeats: repeats, known: known,
        pool: pool)
    } catch let error as ConfigError {
      throw error.under("off_policy")
    }
    let isRound = run.prior.backAndForth > 0
    roundTrips =
      isRound
      ? RoundTrips(
        model, density, paths: run.batchSize, steps: run.prior.backAndForth,
        hinge: run.prior.hinge, pool: pool) : nil
    let other = try run.backwardObjective() ?? objective
    blocks =
      isRound ? nil : PathBlocks(model, density, other, paths: run.batchSize, pool: pool)
  }

  /// Does the step after `done` steps, if it is one that goes backwards and there is where to start.
  /// - Parameter center: The mean log-weight of the model's own paths, if any were drawn yet.
  func run(
    _ done: Int, _ parameters: ParameterBinding, _ settings: SimulationSettings, logZ: Double,
    center: Double?, _ poll: () throws -> Void
  ) throws -> GroupOutcome? {
    guard config.isTurn(done), let ends = try source.next(done, settings.stream, poll) else {
      return nil
    }
    let backwards = SimulationSettings(
      stream: settings.stream.folding(.bridges), origin: .ends(ends), center: center,
      inverseTemperature: settings.inverseTemperature, stepFraction: settings.stepFraction,
      nonFinite: settings.nonFinite)
    if let roundTrips { return try roundTrips.run(parameters, backwards, poll) }
    return try blocks?.run(parameters, backwards, logZ: logZ, poll)
  }
}
