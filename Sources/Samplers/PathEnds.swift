import Diffusions
import Kernels
import Networks
import Tensors

/// Simulates paths for their ends and log-ratios only, forwards from noise or backwards from given ends;
/// nothing of the way is kept.
final class PathEnds: @unchecked Sendable {
  private let model: PathModel
  private let pool: ThreadPool
  private let workers: [EndsWorker]
  private let tables: PathTables

  /// - Parameter steps: Steps of a path, by default as many as in training.
  init(_ model: PathModel, _ density: CountedDensity, steps: Int? = nil, pool: ThreadPool) {
    self.model = model
    self.pool = pool
    workers = (0..<pool.threads).map { _ in EndsWorker(model, density) }
    tables = PathTables(model, steps: steps)
  }

  /// Simulates rows of a stream.
  /// - Parameters:
  ///   - ends: Receives x_T of paths that come from noise, [count, D].
  ///   - logRatios: Receives Σ log P_B - Σ log P_F, [count].
  ///   - conditions: Those of the rows, for a conditional density.
  ///   - poll: Called between blocks on the calling thread; its error ends the simulation.
  func run(
    _ count: Int, _ settings: SimulationSettings, conditions: ConditionTables? = nil,
    ends: UnsafeMutablePointer<Float>?,
    logRatios: UnsafeMutablePointer<Double>, _ poll: () throws -> Void
  ) throws {
    let plan = PathPlan(count: count, steps: tables.steps.steps, length: PathPlan.chunkSteps)
    try forEachBlock(plan, conditions, poll) { rows, inputs, worker in
      try worker.run(
        plan, rows, inputs, settings,
        ends: ends.map { $0 + rows.lowerBound * model.network.dimension },
        logRatios: logRatios + rows.lowerBound)
    }
  }

  /// Shares out the blocks of a plan over the threads.
  private func forEachBlock(
    _ plan: PathPlan, _ conditions: ConditionTables?, _ poll: () throws -> Void,
    _ body: (_ rows: Range<Int>, _ inputs: PathInputs, _ worker: EndsWorker) throws -> Void
  ) throws {
    let binding = ParameterBinding(model.parameters, gradients: nil)
    tables.encode(binding)
    conditions?.encode(binding)
    let pass = PassParameters(binding)
    let failures = Failures(count: plan.blocks)
    defer { failures.deallocate() }
    pool.run(plan.blocks) { block, worker in
      failures.keep(block) {
        if worker == 0 { try poll() }
        let rows = plan.rows(of: block)
        let inputs = tables.inputs(pass, conditions: conditions?.inputs(from: rows.lowerBound))
        try body(rows, inputs, workers[worker])
      }
    }
    try failures.throwFirst()
  }
}

extension PathEnds {
  /// Parts of a path that can be simulated one at a time.
  var stages: Int { stagePlan(count: 1).segments }

  /// Time at the end of a stage, and the factor by which the way back from time 1 shrinks what it is about.
  func end(of stage: Int) -> (time: Double, retention: Double) {
    let steps = stagePlan(count: 1).steps(of: stage)
    let after = tables.steps.coefficients[steps.upperBound...]
    return (
      tables.steps.endTimes[steps.upperBound - 1],
      after.reduce(1) { $0 * Double($1.backwardRetention) }
    )
  }

  /// One in 25 of the steps is a stage, or as many as are kept at once if those are fewer.
  private func stagePlan(count: Int) -> PathPlan {
    let steps = tables.steps.steps
    return PathPlan(
      count: count, steps: steps, length: min(PathPlan.chunkSteps, max(1, steps / 25)))
  }

  /// Simulates one stage of paths from noise; the first one begins them.
  /// - Parameters:
  ///   - states: Where the paths are, and then where they have got to, [count, D].
  ///   - logRatios: Receives Σ log P_B - Σ log P_F of the stage, [count].
  ///   - poll: Called between blocks on the calling thread; its error ends the simulation.
  func run(
    stage: Int, _ count: Int, _ settings: SimulationSettings, states: UnsafeMutablePointer<Float>,
    logRatios: UnsafeMutablePointer<Double>, _ poll: () throws -> Void
  ) throws {
    let plan = stagePlan(count: count)
    try forEachBlock(plan, nil, poll) { rows, inputs, worker in
      try worker.run(
        stage: stage, plan, rows, inputs, settings,
        states: states + rows.lowerBound * model.network.dimension,
        logRatios: logRatios + rows.lowerBound)
    }
  }
}

/// One thread's tools for paths of which only the ends are wanted.
private final class EndsWorker {
  private let model: PathModel
  private let simulator: PathSimulator
  private let segment: PathSegment
  private let bytesPerRow: Int
  /// log P_F and log P_B of the steps of a segment.
  private let logs: UnsafeMutablePointer<Double>
  private let isDamaged: UnsafeMutablePointer<Bool>

  init(_ model: PathModel, _ density: CountedDensity) {
    self.model = model
    simulator = PathSimulator(model, density)
    segment = PathSegment(model, steps: PathPlan.chunkSteps, keepsSlopes: false)
    bytesPerRow = model.network.dimension * ScalarType.float32.byteCount
    logs = .allocate(capacity: 2 * PathPlan.chunkSteps * PathPlan.blockRows)
    isDamaged = .allocate(capacity: PathPlan.blockRows)
  }

  deinit {
    logs.deallocate()
    isDamaged.deallocate()
  }

  /// Simulates one block, a few steps at a time.
  func run(
    _ plan: PathPlan, _ rows: Range<Int>, _ inputs: PathInputs, _ settings: SimulationSettings,
    ends: UnsafeMutablePointer<Float>?, logRatios: UnsafeMutablePointer<Double>
  ) throws {
    logRatios.update(repeating: 0, count: rows.count)
    let bytes = rows.count * bytesPerRow
    let begin = segment.state(0, rows: rows.count)
    switch settings.origin {
    case .noise, .states:
      simulator.start(rows, inputs, settings, to: begin)
      addStart(begin, rows.count, inputs, to: logRatios)
      for part in 0..<plan.segments {
        let steps = plan.steps(of: part)
        try run(steps, rows, inputs, settings, logRatios)
        begin.copyMemory(from: segment.state(steps.count, rows: rows.count), byteCount: bytes)
      }
      if let ends { UnsafeMutableRawPointer(ends).copyMemory(from: begin, byteCount: bytes) }
    case .ends(let points):
      var state = UnsafeRawPointer(points.x + rows.lowerBound * model.network.dimension)
      for part in (0..<plan.segments).reversed() {
        let steps = plan.steps(of: part)
        segment.state(steps.count, rows: rows.count).copyMemory(from: state, byteCount: bytes)
        try run(steps, rows, inputs, settings, logRatios)
        state = UnsafeRawPointer(begin)
      }
      addStart(begin, rows.count, inputs, to: logRatios)
    }
  }

  /// Simulates one stage of a block from noise.
  func run(
    stage: Int, _ plan: PathPlan, _ rows: Range<Int>, _ inputs: PathInputs,
    _ settings: SimulationSettings, states: UnsafeMutablePointer<Float>,
    logRatios: UnsafeMutablePointer<Double>
  ) throws {
    let (bytes, steps) = (rows.count * bytesPerRow, plan.steps(of: stage))
    let begin = segment.state(0, rows: rows.count)
    logRatios.update(repeating: 0, count: rows.count)
    if stage == 0 {
      simulator.start(rows, inputs, settings, to: begin)
      addStart(begin, rows.count, inputs, to: logRatios)
    } else {
      begin.copyMemory(from: states, byteCount: bytes)
    }
    try run(steps, rows, inputs, settings, logRatios)
    UnsafeMutableRawPointer(states).copyMemory(
      from: segment.state(steps.count, rows: rows.count), byteCount: bytes)
  }

  /// Simulates some steps and adds log P_B - log P_F.
  private func run(
    _ steps: Range<Int>, _ rows: Range<Int>, _ inputs: PathInputs, _ settings: SimulationSettings,
    _ logRatios: UnsafeMutablePointer<Double>
  ) throws {
    let (count, half) = (rows.count, PathPlan.chunkSteps * PathPlan.blockRows)
    try simulator.run(
      steps, rows: rows, segment, inputs, settings, logs: terms(count, first: steps.lowerBound),
      isDamaged: isDamaged)
    for i in 0..<steps.count * count { logRatios[i % count] += logs[half + i] - logs[i] }
  }

  private func addStart(
    _ x: UnsafeRawPointer, _ rows: Int, _ inputs: PathInputs,
    to logRatios: UnsafeMutablePointer<Double>
  ) {
    guard model.hasRandomStart else { return }
    simulator.judgeStart(x, rows, inputs, terms(rows, first: -1))
    let half = PathPlan.chunkSteps * PathPlan.blockRows
    for row in 0..<rows { logRatios[row] += logs[half + row] - logs[row] }
  }

  /// Room for the logs of a segment whose first step, or start, has a number.
  private func terms(_ rows: Int, first: Int) -> StepTerms {
    let half = PathPlan.chunkSteps * PathPlan.blockRows
    return StepTerms(
      forward: StepMatrix(data: logs - first * rows, stride: rows),
      backward: StepMatrix(data: logs + half - first * rows, stride: rows))
  }
}
