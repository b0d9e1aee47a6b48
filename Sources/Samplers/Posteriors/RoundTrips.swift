import Densities
import KernelTables
import Kernels
import Networks
import Objectives
import Tensors
import Training

/// Paths back and forth: given ends are noised some steps, and come forwards again to others.
///
///     L = mean of ½ (Σ log q - Σ log p - β log r(x)  -  (Σ log q′ - Σ log p′ - β log r(x′)))²
///
/// Both halves begin in the same state, so log Z, and whatever flow that state has, drops out. Each is to the other
/// what log Z is to trajectory balance.
/// Reference: Venkatraman, Jain, Scimeca, et al. (2024), arXiv:2405.20971, appendix H.1
final class RoundTrips: @unchecked Sendable {
  private enum Stage { case back, forth, gradient }

  /// One way of all paths.
  private struct Way {
    let memory: PathMemory
    let workers: [PathWorker]
    let group: PathGroup

    init(
      _ model: PathModel, _ density: CountedDensity, _ plan: PathPlan, _ pool: ThreadPool
    ) {
      let memory = PathMemory(model, plan, threads: pool.threads, keepsBatch: true)
      self.memory = memory
      workers = (0..<pool.threads).map { PathWorker(model, density, memory, index: $0) }
      group = PathGroup(model, paths: plan.count, needsScore: false)
    }
  }

  private let model: PathModel
  private let density: CountedDensity
  private let objective: any PathObjective
  private let pool: ThreadPool
  private let plan: PathPlan
  private let back: Way
  private let forth: Way
  private let tables: PathTables
  private let gradients: BlockGradients
  private let failures: Failures
  /// Where paths turn, [B, D].
  private let turns: UnsafeMutablePointer<Float>
  // What the blocks at work have in common.
  private var stage = Stage.back
  private var settings = SimulationSettings(stream: RandomStream(seed: 0), nonFinite: .stop)

  /// - Parameters:
  ///   - steps: Steps that ends are noised.
  ///   - hinge: Squared differences count by what they exceed it.
  init(
    _ model: PathModel, _ density: CountedDensity, paths: Int, steps: Int, hinge: Double,
    pool: ThreadPool
  ) {
    (self.model, self.density, self.pool) = (model, density, pool)
    objective = TrajectoryBalance(hinge: hinge)
    let plan = PathPlan(
      count: paths, first: model.process.config.steps - steps, steps: steps,
      bytesPerStep: 2 * PathSegment.bytesPerStep(model),
      budget: PathPlan.batchBytes / PathPlan.blocks(of: paths))
    self.plan = plan
    (back, forth) = (Way(model, density, plan, pool), Way(model, density, plan, pool))
    tables = PathTables(model)
    gradients = BlockGradients(count: PathGradient.count(model), pool: pool)
    failures = Failures(count: plan.blocks)
    turns = .allocate(capacity: paths * model.network.dimension)
  }

  deinit {
    failures.deallocate()
    turns.deallocate()
  }

  /// Simulates all paths from given ends and adds the loss's gradient to `parameters`.
  func run(
    _ parameters: ParameterBinding, _ settings: SimulationSettings, _ poll: () throws -> Void
  ) throws -> GroupOutcome {
    guard case .ends(let ends) = settings.origin else { preconditionFailure("no ends are given") }
    self.settings = settings
    tables.steps.draw(settings.stream)
    tables.encode(parameters)
    for way in [back, forth] { way.group.begin(paths: plan.count) }
    try forEachBlock(.back, poll)
    try forEachBlock(.forth, poll)
    back.group.takeEnds(ends, from: 0)
    try forth.group.evaluateEnds(density, settings.nonFinite)
    PathGroup.compare(back.group, forth.group, inverseTemperature: settings.inverseTemperature)
    var outcome = evaluate(back)
    _ = evaluate(forth)
    guard outcome.counted > 0 else {
      throw NumericalError("the log-density", count: plan.count, total: plan.count)
    }
    (outcome.byLogZ, outcome.sumOfLogWeights) = (0, 0)
    gradients.begin(blocks: plan.blocks)
    try forEachBlock(.gradient, poll)
    guard let total = parameters.gradients else { return outcome }
    let sum = gradients.addUp()
    InstructionSet.active.kernels.accumulate(sum, into: total, count: model.parameters.count)
    tables.runBackward(PathGradient(sum, model), parameters)
    return outcome
  }

  private func evaluate(_ way: Way) -> GroupOutcome {
    way.group.evaluate(
      objective, logZ: 0, population: nil, inverseTemperature: settings.inverseTemperature)
  }

  private func forEachBlock(_ stage: Stage, _ poll: () throws -> Void) throws {
    self.stage = stage
    var stopped: (any Error)?
    pool.run(plan.blocks, self) {
      guard stopped == nil else { return }
      do { try poll() } catch { stopped = error }
    }
    if let stopped { throw stopped }
    try failures.throwFirst()
  }

  /// How a way is simulated: there by the process, back by the model with noise of its own.
  private func settings(of stage: Stage) -> SimulationSettings {
    guard stage == .forth else { return settings }
    return SimulationSettings(
      stream: settings.stream.folding(.training), origin: .states(turns),
      inverseTemperature: settings.inverseTemperature, stepFraction: settings.stepFraction,
      nonFinite: settings.nonFinite)
  }

  private func simulate(_ block: Int, _ worker: Int, _ way: Way, _ stage: Stage) throws {
    let rows = plan.rows(of: block)
    let pass = PassParameters(ParameterBinding(model.parameters, gradients: nil))
    let ends = try way.workers[worker].simulate(
      block, tables.inputs(pass), settings(of: stage), logs: way.group.logs(from: rows.lowerBound),
      isDamaged: way.group.damage(from: rows.lowerBound))
    way.group.keepEnds(ends, from: rows.lowerBound, count: rows.count)
    guard stage == .back else { return }
    let first = way.memory.segment(of: block, worker).state(0, rows: rows.count)
    (turns + rows.lowerBound * model.network.dimension).update(
      from: first.assumingMemoryBound(to: Float.self), count: rows.count * model.network.dimension)
  }

  private func differentiate(_ block: Int, _ worker: Int) throws {
    let gradient = gradients.gradient(of: block)
    let pass = PassParameters(ParameterBinding(model.parameters, gradients: gradient))
    let inputs = tables.inputs(pass, gradient: PathGradient(gradient, model))
    let row = plan.rows(of: block).lowerBound
    for (way, stage) in [(back, Stage.back), (forth, .forth)] {
      try way.group.withSeeds(from: row) { seeds in
        try way.workers[worker].differentiate(
          block, inputs, settings(of: stage), seeds, isPathwise: false,
          isDamaged: way.group.damage(from: row))
      }
    }
  }
}

extension RoundTrips: PooledWork {
  /// Does what the stage asks for with a block.
  func piece(_ block: Int, _ worker: Int) {
    failures.keep(block) {
      switch stage {
      case .back: try simulate(block, worker, back, .back)
      case .forth: try simulate(block, worker, forth, .forth)
      case .gradient: try differentiate(block, worker)
      }
    }
  }
}
