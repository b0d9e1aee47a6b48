import Densities
import Kernels
import Networks
import Objectives
import Optimizers
import Tensors
import Training

/// One training step of a path objective: simulate, evaluate the objective, replay, update.
final class PathTrainer {
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
  private let flows: PathFlows?
  private let pool: ThreadPool
  private let simulator: PathSimulator
  private let replay: PathReplay
  private let batch: PathBatch
  private let timeTape = Tape()
  private let gradient: UnsafeMutableBufferPointer<Float>
  private let stream: RandomStream
  private var record: PathRecord
  private var adjoints: PathAdjoints
  private var ends: [Float]
  private var values: [Float]

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
    self.pool = pool
    flows = model.flow.map { PathFlows(model, $0, density, threads: pool.threads) }
    simulator = PathSimulator(model, density, pool: pool)
    replay = PathReplay(model, flows, pool: pool)
    batch = PathBatch(
      count: config.batchSize, dimension: density.dimension, steps: config.process.steps,
      keepsPaths: true, keepsScores: model.network.usesScore)
    gradient = .allocate(capacity: model.parameters.count)
    stream = RandomStream(seed: config.seed).folding(.training)
    record = PathRecord(
      paths: config.batchSize, steps: config.process.steps, hasFlow: model.flow != nil)
    adjoints = PathAdjoints(for: record)
    ends = [Float](repeating: 0, count: config.batchSize * density.dimension)
    values = [Float](repeating: 0, count: config.batchSize)
  }

  deinit { gradient.deallocate() }

  /// The learned log Z; the log flow of the origin where flows are learned, nil where nothing is.
  var logZ: Double? {
    switch objective.unknown {
    case .nothing: nil
    case .logZ: learnedLogZ
    case .flow: flows?.logZ()
    }
  }

  private var learnedLogZ: Double { Double(model.parameters.values[model.logZ.offset]) }

  /// Does the step after `done` steps; an error leaves parameters and optimiser as they were.
  func step(_ done: Int, _ poll: () throws -> Void) throws -> StepReport {
    guard let gradient = gradient.baseAddress else { preconditionFailure("no parameters") }
    timeTape.reset()
    gradient.update(repeating: 0, count: model.parameters.count)
    let times = model.encodeTimes(
      Context(
        tape: timeTape, parameters: ParameterBinding(model.parameters, gradients: gradient)))
    flows?.begin(ParameterBinding(model.parameters, gradients: gradient))
    try simulate(times, done, poll)
    adjoints.clear()
    let loss = objective.evaluate(record, logZ: learnedLogZ, adjoints: &adjoints)
    try poll()
    replay.accumulate(
      batch, times: times, timeTape: timeTape, adjoints: adjoints, into: gradient)
    gradient[model.logZ.offset] += Float(adjoints.logZ)
    let norm = try checkedNorm(loss, gradient, done)
    rejected += record.paths - record.counted
    let report = report(done, loss, norm)
    optimizer.update(
      gradient: gradient, factor: schedule.factor(after: done, of: config.steps),
      gradientFactor: clippingFactor(norm: norm, bound: config.optimizer.clipNorm))
    schedule.observe(loss, after: done)
    return report
  }

  /// Fills the record with fresh paths.
  private func simulate(
    _ times: PathNetwork.Times, _ done: Int, _ poll: () throws -> Void
  ) throws {
    let settings = SimulationSettings(
      stream: stream.folding(UInt64(done)),
      exploration: config.exploration.standardDeviation(at: done, of: config.steps),
      nonFinite: config.nonFinite)
    do {
      try simulator.simulate(batch, times: times, settings, poll)
      try evaluateFlows()
      try evaluateEnds()
    } catch let error as NumericalError {
      throw error.at("step \(done + 1)")
    }
    let count = record.logForward.count
    record.logForward.withUnsafeMutableBufferPointer {
      $0.baseAddress?.update(from: batch.logForward, count: count)
    }
    record.logBackward.withUnsafeMutableBufferPointer {
      $0.baseAddress?.update(from: batch.logBackward, count: count)
    }
  }

  /// log F of all states.
  private func evaluateFlows() throws {
    guard let flows else { return }
    var failures = [(any Error)?](repeating: nil, count: batch.blocks)
    record.logFlow.withUnsafeMutableBufferPointer { out in
      failures.withUnsafeMutableBufferPointer { failures in
        let (out, failures) = (SharedBuffer(out), SharedBuffer(failures))
        let (batch, policy) = (batch, config.nonFinite)
        pool.run(batch.blocks) { block, worker in
          let first = batch.rows(of: block).lowerBound
          do {
            try flows.evaluate(
              batch.flowRows(of: block), worker: worker, policy,
              to: StepMatrix(data: out.base + first, stride: batch.count),
              isDamaged: batch.isDamaged + first)
          } catch {
            failures.base[block] = error
          }
        }
      }
    }
    if let failure = failures.lazy.compactMap({ $0 }).first { throw failure }
  }

  /// log ρ of the end points, and which paths count.
  private func evaluateEnds() throws {
    let count = config.batchSize
    try ends.withUnsafeMutableBufferPointer { ends in
      guard let ends = ends.baseAddress else { return }
      batch.copyEnds(to: ends)
      try values.withUnsafeMutableBufferPointer { values in
        guard let values = values.baseAddress else { return }
        let points = Points(ends, count: count, dimension: density.dimension)
        try density.logDensity(of: points, into: values)
        try setAsideNonFinite(points, values)
      }
    }
    for row in 0..<count {
      record.counts[row] = values[row].isFinite && !batch.isDamaged[row]
      record.logDensity[row] = record.counts[row] ? Double(values[row]) : 0
    }
    if record.counted == 0 { throw NumericalError("the log-density", count: count, total: count) }
  }

  private func setAsideNonFinite(_ points: Points, _ values: UnsafeMutablePointer<Float>) throws {
    let damaged = (0..<points.count).filter { !values[$0].isFinite }
    guard config.nonFinite == .stop, let first = damaged.first else { return }
    throw NumericalError(
      "the log-density", count: damaged.count, total: points.count, point: points[first])
  }

  private func checkedNorm(
    _ loss: Double, _ gradient: UnsafeMutablePointer<Float>, _ done: Int
  ) throws -> Double {
    guard loss.isFinite else {
      throw NumericalError("the loss", count: 1, total: 1, place: "step \(done + 1)")
    }
    let count = model.parameters.count
    let norm = gradientNorm(gradient, count: count)
    guard norm.isFinite else {
      let bad = InstructionSet.active.kernels.countNonFinite(gradient, count: count)
      throw NumericalError("the gradient", count: bad, total: count, place: "step \(done + 1)")
    }
    return norm
  }

  private func report(_ done: Int, _ loss: Double, _ norm: Double) -> StepReport {
    let total = (0..<record.paths).reduce(0.0) { sum, path in
      record.counts[path] ? sum - record.logRatio(of: path) : sum
    }
    return StepReport(
      step: done + 1, loss: loss, logZ: objective.logZ(record, learned: learnedLogZ),
      elbo: total / Double(record.counted),
      gradientNorm: norm, energyCalls: density.energyCalls, gradientCalls: density.gradientCalls,
      rejected: rejected)
  }
}
