import Diffusions
import Kernels
import Networks
import Tensors

/// Simulates paths for their ends and log-ratios only; nothing of the way is kept.
final class PathEnds: @unchecked Sendable {
  private let model: PathModel
  private let pool: ThreadPool
  private let workers: [EndsWorker]
  private let times: TimeEncodings

  init(_ model: PathModel, _ density: CountedDensity, pool: ThreadPool) {
    self.model = model
    self.pool = pool
    workers = (0..<pool.threads).map { _ in EndsWorker(model, density) }
    times = TimeEncodings(model)
  }

  /// Simulates rows of a stream.
  /// - Parameters:
  ///   - ends: Receives x_T, [count, D].
  ///   - logRatios: Receives Σ log P_B - Σ log P_F, [count].
  ///   - poll: Called between blocks on the calling thread; its error ends the simulation.
  func run(
    _ count: Int, _ settings: SimulationSettings, ends: UnsafeMutablePointer<Float>,
    logRatios: UnsafeMutablePointer<Double>, _ poll: () throws -> Void
  ) throws {
    let binding = ParameterBinding(model.parameters, gradients: nil)
    times.encode(binding)
    let inputs = PathInputs(pass: PassParameters(binding), times: times.tables)
    let plan = PathPlan(count: count, steps: model.process.steps, length: PathPlan.chunkSteps)
    let failures = Failures(count: plan.blocks)
    defer { failures.deallocate() }
    pool.run(plan.blocks) { block, worker in
      failures.keep(block) {
        if worker == 0 { try poll() }
        let rows = plan.rows(of: block)
        try workers[worker].run(
          plan, rows, inputs, settings, ends: ends + rows.lowerBound * model.network.dimension,
          logRatios: logRatios + rows.lowerBound)
      }
    }
    try failures.throwFirst()
  }
}

/// One thread's tools for paths of which only the ends are wanted.
private final class EndsWorker {
  private let simulator: PathSimulator
  private let segment: PathSegment
  private let bytesPerRow: Int
  private let logs: UnsafeMutablePointer<Double>
  private let isDamaged: UnsafeMutablePointer<Bool>

  init(_ model: PathModel, _ density: CountedDensity) {
    simulator = PathSimulator(model, density)
    segment = PathSegment(model.network, steps: PathPlan.chunkSteps, keepsSlopes: false)
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
    ends: UnsafeMutablePointer<Float>, logRatios: UnsafeMutablePointer<Double>
  ) throws {
    let count = rows.count
    let begin = segment.state(0, rows: count)
    begin.initializeMemory(as: UInt8.self, repeating: 0, count: count * bytesPerRow)
    logRatios.update(repeating: 0, count: count)
    let (forward, backward) = (logs, logs + plan.length * PathPlan.blockRows)
    for part in 0..<plan.segments {
      let steps = plan.steps(of: part)
      let before = steps.lowerBound * count
      let logs = StepTerms(
        forward: StepMatrix(data: forward - before, stride: count),
        backward: StepMatrix(data: backward - before, stride: count))
      try simulator.run(
        steps, rows: rows, segment, inputs, settings, logs: logs, isDamaged: isDamaged)
      for i in 0..<steps.count * count {
        logRatios[i % count] += backward[i] - forward[i]
      }
      begin.copyMemory(
        from: segment.state(steps.count, rows: count), byteCount: count * bytesPerRow)
    }
    UnsafeMutableRawPointer(ends).copyMemory(from: begin, byteCount: count * bytesPerRow)
  }
}
