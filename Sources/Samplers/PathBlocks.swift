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
  private let flows: PathFlows?
  private let workers: [PathWorker]
  /// One for each thread, or one for the batch.
  private let groups: [PathGroup]
  private let times: TimeEncodings
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
    let flows = model.flow.map { PathFlows(model, $0, density, threads: pool.threads) }
    self.flows = flows
    workers = (0..<pool.threads).map { PathWorker(model, density, memory, flows, index: $0) }
    groups = (0..<(alone ? pool.threads : 1)).map { _ in
      PathGroup(
        paths: alone ? min(paths, PathPlan.blockRows) : paths, steps: model.process.steps,
        dimension: density.dimension, hasFlow: flows != nil, needsScore: objective.isPathwise)
    }
    times = TimeEncodings(model)
    gradients = BlockGradients(count: PathGradient.count(model), pool: pool)
    outcomes = .allocate(capacity: memory.plan.blocks)
    outcomes.initialize(repeating: GroupOutcome(), count: memory.plan.blocks)
    failures = Failures(count: memory.plan.blocks)
  }

  deinit {
    outcomes.deallocate()
    failures.deallocate()
  }

  /// Simulates the batch and adds the loss's gradient to `parameters`.
  /// - Parameter poll: Called between blocks on the calling thread; its error ends the work.
  func run(
    _ parameters: ParameterBinding, _ settings: SimulationSettings, logZ: Double,
    _ poll: () throws -> Void
  ) throws -> GroupOutcome {
    times.encode(parameters)
    flows?.begin(parameters)
    try poll()
    var (outcome, sum) =
      takesBlocksAlone
      ? try runBlocks(settings, logZ, poll) : try runStages(settings, logZ, poll)
    try poll()
    guard outcome.counted > 0 else {
      throw NumericalError("the log-density", count: memory.plan.count, total: memory.plan.count)
    }
    if objective.seesPathsAlone { meanOverCounted(&outcome, sum) }
    finish(sum, parameters)
    return outcome
  }

  /// log F(x₀), where there are state flows.
  func startFlow() -> Double? { flows?.logZ() }

  /// Each block from start to gradient.
  private func runBlocks(
    _ settings: SimulationSettings, _ logZ: Double, _ poll: () throws -> Void
  ) throws -> (GroupOutcome, UnsafeMutablePointer<Float>) {
    let plan = memory.plan
    let sum = try differentiateBlocks(poll) { block, worker, gradient in
      let group = groups[worker]
      group.begin(paths: plan.rows(of: block).count)
      try simulate(block, worker, settings, group, row: 0)
      try group.evaluateEnds(density, settings.nonFinite)
      outcomes[block] = group.evaluate(objective, logZ: logZ, population: plan.count)
      try differentiate(block, worker, settings, group, row: 0, into: gradient)
    }
    var total = GroupOutcome()
    for block in 0..<plan.blocks { total += outcomes[block] }
    return (total, sum)
  }

  /// All blocks forwards, the objective, all blocks backwards.
  private func runStages(
    _ settings: SimulationSettings, _ logZ: Double, _ poll: () throws -> Void
  ) throws -> (GroupOutcome, UnsafeMutablePointer<Float>) {
    let (group, plan) = (groups[0], memory.plan)
    group.begin(paths: plan.count)
    pool.run(plan.blocks) { block, worker in
      failures.keep(block) {
        if worker == 0 { try poll() }
        try simulate(block, worker, settings, group, row: plan.rows(of: block).lowerBound)
      }
    }
    try failures.throwFirst()
    try group.evaluateEnds(density, settings.nonFinite)
    let outcome = group.evaluate(
      objective, logZ: logZ, population: objective.seesPathsAlone ? plan.count : nil)
    let sum = try differentiateBlocks(poll) { block, worker, gradient in
      let row = plan.rows(of: block).lowerBound
      try differentiate(block, worker, settings, group, row: row, into: gradient)
    }
    return (outcome, sum)
  }

  /// Shares out the blocks and adds up their gradients; the first block that failed gives the error.
  private func differentiateBlocks(
    _ poll: () throws -> Void,
    _ body: (_ block: Int, _ worker: Int, _ gradient: UnsafeMutablePointer<Float>) throws -> Void
  ) throws -> UnsafeMutablePointer<Float> {
    let sum = gradients.sum(blocks: memory.plan.blocks) { block, worker, gradient in
      failures.keep(block) {
        if worker == 0 { try poll() }
        try body(block, worker, gradient)
      }
    }
    try failures.throwFirst()
    return sum
  }

  private func simulate(
    _ block: Int, _ worker: Int, _ settings: SimulationSettings, _ group: PathGroup, row: Int
  ) throws {
    let pass = PassParameters(ParameterBinding(model.parameters, gradients: nil))
    let ends = try workers[worker].simulate(
      block, PathInputs(pass: pass, times: times.tables), settings, logs: group.logs(from: row),
      isDamaged: group.damage(from: row))
    group.keepEnds(ends, from: row, count: memory.plan.rows(of: block).count)
  }

  private func differentiate(
    _ block: Int, _ worker: Int, _ settings: SimulationSettings, _ group: PathGroup, row: Int,
    into gradient: UnsafeMutablePointer<Float>
  ) throws {
    if objective.isPathwise {
      group.writeEndAdjoint(
        from: row, count: memory.plan.rows(of: block).count,
        to: workers[worker].endAdjoint.assumingMemoryBound(to: Float.self))
    }
    let pass = PassParameters(ParameterBinding(model.parameters, gradients: gradient))
    let inputs = PathInputs(
      pass: pass, times: times.tables, gradient: PathGradient(gradient, model))
    try group.withSeeds(from: row) { seeds in
      try workers[worker].differentiate(
        block, inputs, settings, seeds, isPathwise: objective.isPathwise,
        isDamaged: group.damage(from: row))
    }
  }

  /// Makes a mean that ran over all paths one over those that count.
  private func meanOverCounted(
    _ outcome: inout GroupOutcome, _ sum: UnsafeMutablePointer<Float>
  ) {
    guard outcome.counted < memory.plan.count else { return }
    let factor = Double(memory.plan.count) / Double(outcome.counted)
    outcome.loss *= factor
    outcome.byLogZ *= factor
    for i in 0..<gradients.count { sum[i] *= Float(factor) }
  }

  /// Adds the sum of all blocks to the parameters' gradient, by way of the time networks too.
  private func finish(_ sum: UnsafeMutablePointer<Float>, _ parameters: ParameterBinding) {
    guard let total = parameters.gradients else { return }
    InstructionSet.active.kernels.accumulate(sum, into: total, count: model.parameters.count)
    let gradient = PathGradient(sum, model)
    times.runBackward(gradient.times, parameters)
    flows?.finish(gradient.flowTimes)
  }
}
