import Densities
import Kernels
import Networks
import Objectives
import Optimizers
import Tensors
import Training

/// One training step of a path objective: simulate, evaluate the objective, go backwards, update.
///
/// Paths go forwards from noise, or backwards from the points of an `EndPointSource` where the
/// configuration asks for that. Where the objective sees paths one by one, and the density is not the user's function, a thread
/// takes a block of paths from start to gradient at once; otherwise all blocks are simulated, judged
/// together, and then go backwards. The steady state allocates nothing.
final class PathTrainer: RunTrainer {
  let model: PathModel
  let optimizer: Optimizer
  /// The factor on the learning rates.
  var schedule: any Schedule
  let density: CountedDensity
  /// Paths set aside so far.
  var rejected = 0

  /// What the run is; only the number of steps may change.
  var config: RunConfig
  private let objective: any PathObjective
  private let blocks: PathBlocks
  private let backward: BackwardTraining?
  /// What reports say of paths of either kind.
  var last = LastBatches()
  private let gradient: UnsafeMutableBufferPointer<Float>
  private let stream: RandomStream

  init(
    _ config: RunConfig, _ model: PathModel, _ density: CountedDensity,
    _ objective: any PathObjective, pool: ThreadPool
  ) throws {
    self.config = config
    self.model = model
    self.density = density
    self.objective = objective
    optimizer = try config.optimizer.makeOptimizer(for: model.parameters)
    schedule = try config.optimizer.makeSchedule()
    blocks = PathBlocks(
      model, density, objective, paths: config.batchSize, keepsEnds: config.offPolicy.remembers,
      pool: pool)
    backward = try BackwardTraining(config, model, density, objective, pool: pool)
    gradient = .allocate(capacity: model.parameters.count)
    stream = RandomStream(seed: config.seed).folding(.training)
  }

  deinit { gradient.deallocate() }

  /// The learned log Z; the log flow of the origin where flows are learned, nil where nothing is or each
  /// condition has its own.
  var logZ: Double? {
    guard model.conditions == nil else { return nil }
    return switch objective.unknown {
    case .nothing: nil
    case .logZ: learnedLogZ
    case .flow: model.hasRandomStart ? learnedLogZ : blocks.startFlow()
    }
  }

  private var learnedLogZ: Double { Double(model.parameters.values[model.logZ.offset]) }

  /// Does the step after `done` steps; an error leaves parameters and optimiser as they were.
  func step(_ done: Int, _ poll: () throws -> Void) throws -> StepReport {
    guard let gradient = gradient.baseAddress else { preconditionFailure("no parameters") }
    gradient.update(repeating: 0, count: model.parameters.count)
    let parameters = ParameterBinding(model.parameters, gradients: gradient)
    let outcome: GroupOutcome
    do {
      outcome = try differentiate(done, parameters, poll)
    } catch let error as NumericalError {
      throw error.at("step \(done + 1)")
    }
    gradient[model.logZ.offset] += Float(outcome.byLogZ)
    model.changes?.pullBack(gradient, model.parameters)
    let norm = try checkedNorm(
      outcome.loss, gradient, of: model.parameters, bound: config.optimizer.clipNorm,
      at: "step \(done + 1)")
    rejected += config.batchSize - outcome.counted
    let report = report(done, outcome, norm)
    optimizer.update(
      gradient: gradient, factor: schedule.factor(after: done, of: config.steps),
      gradientFactor: clippingFactor(norm: norm, bound: config.optimizer.clipNorm))
    model.changes?.refresh(model.parameters)
    schedule.observe(last.loss, after: done)
    return report
  }

  /// The buffers of end points.
  var source: EndPointSource? { backward?.source }

  var parameters: ParameterSet { model.parameters }
  var visited: ReplayBuffer? { source?.visited }
  var found: ReplayBuffer? { source?.found }
  var average: ParameterAverage? { nil }
  var searchedAfter: Int {
    get { source?.searchedAfter ?? -1 }
    set { source?.searchedAfter = newValue }
  }

  /// Simulates forwards or backwards and adds the gradient to the parameters'.
  private func differentiate(
    _ done: Int, _ parameters: ParameterBinding, _ poll: () throws -> Void
  ) throws -> GroupOutcome {
    let settings = settings(done)
    let isAlone = config.offPolicy.every == 1
    let center = isAlone || model.conditions != nil ? nil : last.elbo
    if let outcome = try backward?.run(
      done, parameters, settings, logZ: learnedLogZ, center: center, poll)
    {
      last.note(outcome, isBackward: true, isAlone: isAlone)
      return outcome
    }
    let outcome = try blocks.run(parameters, settings, logZ: learnedLogZ, poll)
    if let ends = blocks.ends { source?.remember(ends) }
    last.note(outcome, isBackward: false, isAlone: isAlone)
    return outcome
  }

  private func settings(_ done: Int) -> SimulationSettings {
    SimulationSettings(
      stream: stream.folding(UInt64(done)),
      exploration: objective.needsOwnPaths
        ? 0 : config.exploration.standardDeviation(at: done, of: config.steps),
      inverseTemperature: config.prior.inverseTemperature(at: done),
      stepFraction: config.prior.stepFraction,
      nonFinite: config.nonFinite)
  }

  private func report(_ done: Int, _ outcome: GroupOutcome, _ norm: Double) -> StepReport {
    let logZ =
      switch objective.unknown {
      case .nothing: last.elbo
      case .logZ, .flow: outcome.logZ
      }
    return StepReport(
      step: done + 1, loss: last.loss, backwardLoss: last.backwardLoss, logZ: logZ,
      elbo: last.elbo, gradientNorm: norm,
      energyCalls: density.energyCalls, gradientCalls: density.gradientCalls, rejected: rejected)
  }
}
