import Densities
import Diffusions
import KernelTables
import Kernels
import Networks
import Tensors
import Training

/// How paths are drawn.
struct SimulationSettings {
  /// Source of the noise.
  let stream: RandomStream
  /// Number of the batch's first row in the stream.
  var firstRow = 0
  /// Standard deviation added to each step.
  var exploration = 0.0
  /// What to do about scores that are not finite.
  let nonFinite: NonFinitePolicy
}

/// Draws paths forwards, without a tape: the one rollout of all objectives and of sampling.
final class PathSimulator {
  private let model: PathModel
  private let density: CountedDensity
  private let pool: ThreadPool
  private let tapes: [Tape]

  init(_ model: PathModel, _ density: CountedDensity, pool: ThreadPool) {
    self.model = model
    self.density = density
    self.pool = pool
    tapes = (0..<pool.threads).map { _ in
      let tape = Tape()
      tape.isRecording = false
      return tape
    }
  }

  /// Fills a batch.
  /// - Parameters:
  ///   - times: The encodings of all steps.
  ///   - poll: Called between blocks on the calling thread; its error ends the simulation.
  func simulate(
    _ batch: PathBatch, times: PathNetwork.Times, _ settings: SimulationSettings,
    _ poll: () throws -> Void
  ) throws {
    var failures = [(any Error)?](repeating: nil, count: batch.blocks)
    failures.withUnsafeMutableBufferPointer { failures in
      let failures = SharedBuffer(failures)
      pool.run(batch.blocks) { block, worker in
        do {
          if worker == 0 { try poll() }
          try simulate(batch, block, times, settings, tapes[worker])
        } catch {
          failures.base[block] = error
        }
      }
    }
    if let failure = failures.lazy.compactMap({ $0 }).first { throw failure }
  }

  private func simulate(
    _ batch: PathBatch, _ block: Int, _ times: PathNetwork.Times, _ settings: SimulationSettings,
    _ tape: Tape
  ) throws {
    let rows = batch.rows(of: block)
    batch.state(block, 0).update(repeating: 0, count: rows.count * batch.dimension)
    (batch.isDamaged + rows.lowerBound).update(repeating: false, count: rows.count)
    if !batch.keepsPaths {
      (batch.logForward + rows.lowerBound).update(repeating: 0, count: rows.count)
      (batch.logBackward + rows.lowerBound).update(repeating: 0, count: rows.count)
    }
    for step in 0..<model.process.steps {
      tape.reset()
      try advance(batch, block, step, times, settings, tape)
    }
  }

  /// One step of one block.
  private func advance(
    _ batch: PathBatch, _ block: Int, _ step: Int, _ times: PathNetwork.Times,
    _ settings: SimulationSettings, _ tape: Tape
  ) throws {
    let rows = batch.rows(of: block)
    let shape = Shape(rows: rows.count, columns: batch.dimension)
    let context = Context(
      tape: tape, parameters: ParameterBinding(model.parameters, gradients: nil))
    let x = tape.constant(batch.state(block, step), shape)
    let score = try model.network.usesScore ? clippedScore(batch, block, step, settings, tape) : nil
    let output = model.network(
      x,
      at: times.steps(step..<step + 1, of: model.process.steps, on: tape, gradients: nil),
      score: score, context)
    let noise = tape.allocate(shape)
    tape.kernels.normals(
      key: settings.stream.key, step: UInt32(step), firstRow: settings.firstRow + rows.lowerBound,
      rows: rows.count, columns: batch.dimension, to: noise.data)
    let coefficients = model.process.coefficients[step]
    let buffers = GaussianStepBuffers(
      x: x.data, next: batch.state(block, step + 1), drift: output.drift.data,
      raw: output.raw.map { UnsafeRawPointer($0.data) }, rows: rows.count,
      dimension: batch.dimension)
    tape.kernels.propose(
      coefficients, buffers, noise: noise.data,
      exploration: settings.exploration * settings.exploration)
    writeLogProbabilities(batch, rows, step, coefficients, buffers, tape)
  }

  private func writeLogProbabilities(
    _ batch: PathBatch, _ rows: Range<Int>, _ step: Int, _ coefficients: GaussianStepCoefficients,
    _ buffers: GaussianStepBuffers, _ tape: Tape
  ) {
    if batch.keepsPaths {
      let offset = step * batch.count + rows.lowerBound
      tape.kernels.logForward(coefficients, buffers, to: batch.logForward + offset)
      tape.kernels.logBackward(coefficients, buffers, to: batch.logBackward + offset)
    } else {
      let scratch = tape.arena.allocate(bytes: 8 * rows.count).assumingMemoryBound(to: Double.self)
      tape.kernels.logForward(coefficients, buffers, to: scratch)
      for r in 0..<rows.count { batch.logForward[rows.lowerBound + r] += scratch[r] }
      tape.kernels.logBackward(coefficients, buffers, to: scratch)
      for r in 0..<rows.count { batch.logBackward[rows.lowerBound + r] += scratch[r] }
    }
  }

  /// Scores at the beginning of a step, clipped; a row with a NaN or an infinity is marked and zero.
  private func clippedScore(
    _ batch: PathBatch, _ block: Int, _ step: Int, _ settings: SimulationSettings, _ tape: Tape
  ) throws -> Tensor {
    let rows = batch.rows(of: block)
    let (x, out) = (batch.state(block, step), batch.score(block, step))
    let count = rows.count * batch.dimension
    let values = tape.arena.allocate(bytes: 4 * rows.count).assumingMemoryBound(to: Float.self)
    try density.score(
      of: Points(x, count: rows.count, dimension: batch.dimension), logDensity: values, into: out)
    let bad = tape.kernels.countNonFinite(out, count: count)
    if bad > 0 { try setAside(batch, rows, x, out, settings) }
    tape.kernels.clip(out, bound: model.scoreBound, to: out, count: count)
    return tape.constant(out, Shape(rows: rows.count, columns: batch.dimension))
  }

  private func setAside(
    _ batch: PathBatch, _ rows: Range<Int>, _ x: UnsafeMutablePointer<Float>,
    _ score: UnsafeMutablePointer<Float>, _ settings: SimulationSettings
  ) throws {
    let d = batch.dimension
    let damaged = (0..<rows.count).filter { r in
      (0..<d).contains { !score[r * d + $0].isFinite }
    }
    if settings.nonFinite == .stop, let first = damaged.first {
      throw NumericalError(
        "the score", count: damaged.count, total: rows.count,
        point: Points(x, count: rows.count, dimension: d)[first])
    }
    for r in damaged {
      batch.isDamaged[rows.lowerBound + r] = true
      (score + r * d).update(repeating: 0, count: d)
    }
  }
}

/// A buffer that threads write to, each at indices of its own.
struct SharedBuffer<Element>: @unchecked Sendable {
  let base: UnsafeMutablePointer<Element>

  init(_ buffer: UnsafeMutableBufferPointer<Element>) {
    base = buffer.baseAddress ?? .allocate(capacity: 1)
  }
}
