import Densities
import KernelTables
import Kernels
import Networks
import Objectives
import Tensors
import Training

/// The blocks of a batch at work: from parameters to loss and gradient.
///
///     simulate → ends → objective → backwards         for each block, or for each stage in turn
///
/// Each block adds up a gradient of its own, and a fixed tree adds the blocks. Both orders of work
/// give the same bits, on any number of threads.
final class PathBlocks: @unchecked Sendable {
  private let model: PathModel
  private let density: CountedDensity
  private let objective: any PathObjective
  private let pool: ThreadPool
  private let takesBlocksAlone: Bool
  private let memory: PathMemory
  private let workers: [PathWorker]
  /// One for each thread, or one for the batch.
  private let groups: [PathGroup]
  private let gradients: BlockGradients
  private let outcomes: UnsafeMutablePointer<GroupOutcome>
  private let failures: Failures

  /// Blocks of a batch of so many paths.
  init(
    _ model: PathModel, _ density: CountedDensity, _ objective: any PathObjective, paths: Int,
    pool: ThreadPool
  ) {
    self.model = model
    self.density = density
    self.objective = objective
    self.pool = pool
    let alone = objective.seesPathsAlone && !density.isFunction
    takesBlocksAlone = alone
    let memory = PathMemory(model, count: paths, threads: pool.threads, keepsBatch: !alone)
    self.memory = memory
    workers = (0..<pool.threads).map { PathWorker(model, density, memory, index: $0) }
    groups = (0..<(alone ? pool.threads : 1)).map { _ in
      PathGroup(
        paths: alone ? min(paths, PathPlan.blockRows) : paths, steps: model.process.steps,
        dimension: density.dimension, needsScore: objective.isPathwise)
    }
    gradients = BlockGradients(model, blocks: memory.plan.blocks)
    outcomes = .allocate(capacity: memory.plan.blocks)
    outcomes.initialize(repeating: GroupOutcome(), count: memory.plan.blocks)
    failures = Failures(count: memory.plan.blocks)
  }

  deinit {
    outcomes.deallocate()
    failures.deallocate()
  }

  /// The gradient by the time tables, after `run`.
  var timeGradients: TimeGradients { gradients.byTimes(0) }

  /// Simulates the batch and adds the loss's gradient, but for the time networks', to `gradient`.
  /// - Parameter poll: Called between blocks on the calling thread; its error ends the work.
  func run(
    _ times: TimeTables, _ settings: SimulationSettings, logZ: Double,
    into gradient: UnsafeMutablePointer<Float>, _ poll: () throws -> Void
  ) throws -> GroupOutcome {
    try poll()
    let outcome =
      takesBlocksAlone
      ? try runBlocks(times, settings, logZ, poll) : try runStages(times, settings, logZ, poll)
    try poll()
    guard outcome.counted > 0 else {
      throw NumericalError("the log-density", count: memory.plan.count, total: memory.plan.count)
    }
    return reduce(outcome, into: gradient)
  }

  /// Each block from start to gradient.
  private func runBlocks(
    _ times: TimeTables, _ settings: SimulationSettings, _ logZ: Double, _ poll: () throws -> Void
  ) throws -> GroupOutcome {
    try forEachBlock(poll) { block, worker in
      let group = groups[worker]
      group.begin(paths: memory.plan.rows(of: block).count)
      try simulate(block, worker, times, settings, group, row: 0)
      try group.evaluateEnds(density, settings.nonFinite)
      outcomes[block] = group.evaluate(objective, logZ: logZ, population: memory.plan.count)
      try differentiate(block, worker, times, settings, group, row: 0)
    }
    var total = GroupOutcome()
    for block in 0..<memory.plan.blocks { total += outcomes[block] }
    return total
  }

  /// All blocks forwards, the objective, all blocks backwards.
  private func runStages(
    _ times: TimeTables, _ settings: SimulationSettings, _ logZ: Double, _ poll: () throws -> Void
  ) throws -> GroupOutcome {
    let (group, plan) = (groups[0], memory.plan)
    group.begin(paths: plan.count)
    try forEachBlock(poll) { block, worker in
      try simulate(
        block, worker, times, settings, group, row: plan.rows(of: block).lowerBound)
    }
    try group.evaluateEnds(density, settings.nonFinite)
    let outcome = group.evaluate(
      objective, logZ: logZ, population: objective.seesPathsAlone ? plan.count : nil)
    try poll()
    try forEachBlock(poll) { block, worker in
      try differentiate(
        block, worker, times, settings, group, row: plan.rows(of: block).lowerBound)
    }
    return outcome
  }

  private func simulate(
    _ block: Int, _ worker: Int, _ times: TimeTables, _ settings: SimulationSettings,
    _ group: PathGroup, row: Int
  ) throws {
    let ends = try workers[worker].simulate(
      block, inputs(block, times), settings, logs: group.logs(from: row),
      isDamaged: group.damage(from: row))
    group.keepEnds(ends, from: row, count: memory.plan.rows(of: block).count)
  }

  private func differentiate(
    _ block: Int, _ worker: Int, _ times: TimeTables, _ settings: SimulationSettings,
    _ group: PathGroup, row: Int
  ) throws {
    gradients.clear(block)
    if objective.isPathwise {
      group.writeEndAdjoint(
        from: row, count: memory.plan.rows(of: block).count,
        to: workers[worker].endAdjoint.assumingMemoryBound(to: Float.self))
    }
    try group.withSeeds(from: row) { seeds in
      try workers[worker].differentiate(
        block, inputs(block, times), settings, seeds, gradients.byTimes(block),
        isPathwise: objective.isPathwise, isDamaged: group.damage(from: row))
    }
  }

  private func inputs(_ block: Int, _ times: TimeTables) -> PathInputs {
    let binding = ParameterBinding(model.parameters, gradients: gradients.byParameters(block))
    return PathInputs(pass: PassParameters(binding), times: times)
  }

  /// Adds up the blocks; a mean that ran over all paths becomes one over those that count.
  private func reduce(
    _ outcome: GroupOutcome, into gradient: UnsafeMutablePointer<Float>
  ) -> GroupOutcome {
    var outcome = outcome
    let factor =
      objective.seesPathsAlone ? Double(memory.plan.count) / Double(outcome.counted) : 1
    gradients.reduce(pool, factor: Float(factor))
    InstructionSet.active.kernels.accumulate(
      gradients.byParameters(0), into: gradient, count: model.parameters.count)
    outcome.loss *= factor
    outcome.byLogZ *= factor
    return outcome
  }

  /// Shares out the blocks; the first block that failed gives the error.
  private func forEachBlock(
    _ poll: () throws -> Void, _ body: (_ block: Int, _ worker: Int) throws -> Void
  ) throws {
    pool.run(memory.plan.blocks) { block, worker in
      failures.keep(block) {
        if worker == 0 { try poll() }
        try body(block, worker)
      }
    }
    try failures.throwFirst()
  }
}
