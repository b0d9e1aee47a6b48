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
  /// What is done with a block.
  private enum Stage {
    /// Everything.
    case whole
    /// Its simulation.
    case forwards
    /// Its gradient.
    case backwards
  }

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
  private let tables: PathTables
  private let gradients: BlockGradients
  private let outcomes: UnsafeMutablePointer<GroupOutcome>
  private let visited: VisitedEnds?
  private let conditions: ConditionTables?
  private let failures: Failures
  // What the blocks at work have in common.
  private var stage = Stage.whole
  private var settings = SimulationSettings(stream: RandomStream(seed: 0), nonFinite: .stop)
  private var logZ = 0.0

  /// Blocks of a batch of so many paths, as much of them kept in memory as is allowed.
  /// - Parameter keepsEnds: Whether `ends` is asked for.
  convenience init(
    _ model: PathModel, _ density: CountedDensity, _ objective: any PathObjective, paths: Int,
    keepsEnds: Bool = false, pool: ThreadPool
  ) {
    let alone =
      objective.seesPathsAlone && !density.isFunction && model.conditions == nil
    let plan = PathPlan(
      count: paths, steps: model.process.config.steps,
      bytesPerStep: PathSegment.bytesPerStep(model),
      budget: alone ? PathPlan.threadBytes : PathPlan.batchBytes / PathPlan.blocks(of: paths))
    self.init(
      model, density, objective, plan, pool: pool, alone: alone, keepsEnds: keepsEnds)
  }

  /// The blocks of a plan.
  /// - Parameter alone: Whether each goes from start to gradient at once.
  init(
    _ model: PathModel, _ density: CountedDensity, _ objective: any PathObjective,
    _ plan: PathPlan, pool: ThreadPool, alone: Bool, keepsEnds: Bool = false
  ) {
    self.model = model
    self.density = density
    self.objective = objective
    self.pool = pool
    takesBlocksAlone = alone
    let memory = PathMemory(model, plan, threads: pool.threads, keepsBatch: !alone)
    self.memory = memory
    let flows = model.flow.map { PathFlows(model, $0, density, threads: pool.threads) }
    self.flows = flows
    workers = (0..<pool.threads).map { PathWorker(model, density, memory, flows, index: $0) }
    groups = (0..<(alone ? pool.threads : 1)).map { _ in
      PathGroup(
        model, paths: alone ? min(plan.count, PathPlan.blockRows) : plan.count,
        needsScore: objective.isPathwise)
    }
    tables = PathTables(model)
    gradients = BlockGradients(count: PathGradient.count(model), pool: pool)
    outcomes = .allocate(capacity: memory.plan.blocks)
    outcomes.initialize(repeating: GroupOutcome(), count: memory.plan.blocks)
    failures = Failures(count: memory.plan.blocks)
    visited = keepsEnds ? VisitedEnds(count: plan.count, dimension: density.dimension) : nil
    conditions = model.makeConditionTables(density, objective, count: plan.count)
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
    (self.settings, self.logZ) = (settings, logZ)
    tables.steps.draw(settings.stream)
    tables.encode(parameters)
    chooseConditions()
    conditions?.encode(parameters)
    flows?.begin(tables.steps, parameters)
    try poll()
    var (outcome, sum) =
      takesBlocksAlone
      ? try runBlocks(poll) : try runStages(poll)
    try poll()
    guard outcome.counted > 0 else {
      throw NumericalError("the log-density", count: memory.plan.count, total: memory.plan.count)
    }
    if meansRunOverAll { meanOverCounted(&outcome, sum) }
    finish(sum, parameters)
    return outcome
  }

  /// Those of given ends, or drawn anew.
  private func chooseConditions() {
    if case .ends(let points) = settings.origin, let given = points.conditions {
      conditions?.take(given)
    } else {
      conditions?.draw(settings.stream.folding(.conditions))
    }
  }

  /// log F(x₀), where there are state flows.
  func startFlow() -> Double? { flows?.logZ(tables.steps) }

  /// The end points of the last batch and log ρ of each, where they are kept.
  var ends: EndPoints? {
    visited?.points(conditions: conditions.map { UnsafePointer($0.indices) })
  }

  /// Each block from start to gradient.
  private func runBlocks(
    _ poll: () throws -> Void
  ) throws -> (GroupOutcome, UnsafeMutablePointer<Float>) {
    gradients.begin(blocks: memory.plan.blocks)
    try forEachBlock(.whole, poll)
    var total = GroupOutcome()
    for block in 0..<memory.plan.blocks { total += outcomes[block] }
    return (total, gradients.addUp())
  }

  /// All blocks forwards, the objective, all blocks backwards.
  private func runStages(
    _ poll: () throws -> Void
  ) throws -> (GroupOutcome, UnsafeMutablePointer<Float>) {
    let (group, plan) = (groups[0], memory.plan)
    group.begin(paths: plan.count)
    try forEachBlock(.forwards, poll)
    try judgeEnds(of: group, from: 0)
    if let conditions {
      group.setConditions(conditions, from: 0, groupSize: model.conditionRepeats)
    }
    let outcome = group.evaluate(
      objective, logZ: logZ, population: meansRunOverAll ? plan.count : nil,
      center: settings.center, inverseTemperature: settings.inverseTemperature)
    conditions?.logZAdjoints = group.logZAdjoints
    gradients.begin(blocks: plan.blocks)
    try forEachBlock(.backwards, poll)
    return (outcome, gradients.addUp())
  }

  /// Whether means run over all paths at first, and over those that count when all are known.
  private var meansRunOverAll: Bool { objective.seesPathsAlone && conditions == nil }

  /// Shares out the blocks; the first block that failed gives the error, before it one of `poll`.
  private func forEachBlock(_ stage: Stage, _ poll: () throws -> Void) throws {
    self.stage = stage
    var stopped: (any Error)?
    pool.run(memory.plan.blocks, self) {
      guard stopped == nil else { return }
      do { try poll() } catch { stopped = error }
    }
    if let stopped {
      try? failures.throwFirst()
      throw stopped
    }
    try failures.throwFirst()
  }

  /// The log-densities of a group's ends, the first of which is that of a row of the batch.
  private func judgeEnds(of group: PathGroup, from row: Int) throws {
    switch settings.origin {
    case .noise, .states:
      try group.evaluateEnds(
        density, settings.nonFinite,
        conditions: conditions.map { UnsafePointer($0.indices + row) })
      if let visited { group.copyEnds(to: visited, from: row) }
    case .ends(let points): group.takeEnds(points, from: row)
    }
  }

  private func simulate(
    _ block: Int, _ worker: Int, _ group: PathGroup, row: Int
  ) throws {
    let pass = PassParameters(ParameterBinding(model.parameters, gradients: nil))
    let ends = try workers[worker].simulate(
      block, tables.inputs(pass, conditions: conditionInputs(block)), settings,
      logs: group.logs(from: row),
      isDamaged: group.damage(from: row))
    group.keepEnds(ends, from: row, count: memory.plan.rows(of: block).count)
  }

  private func differentiate(
    _ block: Int, _ worker: Int, _ group: PathGroup, row: Int
  ) throws {
    let gradient = gradients.gradient(of: block)
    if objective.isPathwise {
      group.writeEndAdjoint(
        from: row, count: memory.plan.rows(of: block).count,
        to: workers[worker].endAdjoint.assumingMemoryBound(to: Float.self))
    }
    let pass = PassParameters(ParameterBinding(model.parameters, gradients: gradient))
    let inputs = tables.inputs(
      pass, conditions: conditionInputs(block), gradient: PathGradient(gradient, model))
    try group.withSeeds(from: row) { seeds in
      try workers[worker].differentiate(
        block, inputs, settings, seeds, isPathwise: objective.isPathwise,
        isDamaged: group.damage(from: row))
    }
  }

  private func conditionInputs(_ block: Int) -> ConditionInputs? {
    conditions?.inputs(from: memory.plan.rows(of: block).lowerBound)
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
    tables.runBackward(gradient, parameters)
    conditions?.runBackward()
    flows?.finish(gradient.flowTimes)
  }
}

extension PathBlocks: PooledWork {
  /// Does what the stage asks for with a block.
  func piece(_ block: Int, _ worker: Int) {
    failures.keep(block) {
      let rows = memory.plan.rows(of: block)
      switch stage {
      case .whole:
        let group = groups[worker]
        group.begin(paths: rows.count)
        try simulate(block, worker, group, row: 0)
        try judgeEnds(of: group, from: rows.lowerBound)
        outcomes[block] = group.evaluate(
          objective, logZ: logZ, population: memory.plan.count,
          inverseTemperature: settings.inverseTemperature)
        try differentiate(block, worker, group, row: 0)
      case .forwards: try simulate(block, worker, groups[0], row: rows.lowerBound)
      case .backwards: try differentiate(block, worker, groups[0], row: rows.lowerBound)
      }
    }
  }
}
