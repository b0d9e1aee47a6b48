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

/// What a pass over paths reads: parameters and time tables.
struct PathInputs {
  let pass: PassParameters
  let times: TimeTables
  /// Where gradients go; nil for a pass forwards only.
  var gradient: PathGradient?
}

/// Draws paths forwards, one block at a time: the one rollout of all objectives and of sampling.
///
/// One for each thread; after its creation it allocates nothing.
final class PathSimulator {
  private let model: PathModel
  private let density: CountedDensity
  private let noise: UnsafeMutableRawPointer
  private let output: UnsafeMutableRawPointer
  private let values: UnsafeMutablePointer<Float>

  init(_ model: PathModel, _ density: CountedDensity, _ type: ScalarType = .float32) {
    self.model = model
    self.density = density
    let (rows, network) = (PathPlan.blockRows, model.network)
    noise = .allocate(byteCount: rows * network.dimension * type.byteCount, alignment: 64)
    output = .allocate(byteCount: rows * network.outputColumns * type.byteCount, alignment: 64)
    values = .allocate(capacity: rows)
  }

  deinit {
    noise.deallocate()
    output.deallocate()
    values.deallocate()
  }

  /// Simulates a run of steps of a block from the states at the beginning of a segment.
  /// - Parameters:
  ///   - steps: The steps; the first one is the segment's slot 0.
  ///   - rows: The block's rows in the batch.
  ///   - logs: Receives the log-probabilities; nil where they are known already.
  ///   - isDamaged: Rows of the block with a score that is not finite are marked here.
  func run(
    _ steps: Range<Int>, rows: Range<Int>, _ segment: PathSegment, _ inputs: PathInputs,
    _ settings: SimulationSettings, logs: StepTerms?, isDamaged: UnsafeMutablePointer<Bool>
  ) throws {
    for step in steps {
      let slot = step - steps.lowerBound
      let io = segment.rows(from: slot, rows: rows.count)
      if let score = io.score {
        try evaluateScore(
          at: io.x, UnsafeMutableRawPointer(mutating: score), rows.count, settings, isDamaged)
        if model.isForwardLooking, let flow = logs?.flow { tell(flow, step, rows.count) }
      }
      model.network.forward(
        io, step: step, rows: rows.count, inputs.times, segment.activations, at: slot * rows.count,
        scratch: output, inputs.pass)
      move(segment, slot, step, rows, inputs.pass.kernels, settings, logs)
    }
  }

  /// Draws the next states and writes the log-probabilities of having done so.
  private func move(
    _ segment: PathSegment, _ slot: Int, _ step: Int, _ rows: Range<Int>,
    _ kernels: any KernelSet.Type, _ settings: SimulationSettings, _ logs: StepTerms?
  ) {
    let dimension = model.network.dimension
    kernels.normals(
      key: settings.stream.key, step: UInt32(step), firstRow: settings.firstRow + rows.lowerBound,
      rows: rows.count, columns: dimension, to: noise)
    let buffers = segment.transition(slot, rows: rows.count, dimension: dimension)
    let coefficients = model.process.coefficients[step]
    let exploration = settings.exploration * settings.exploration
    guard let logs else {
      return kernels.propose(coefficients, buffers, noise: noise, exploration: exploration)
    }
    kernels.advance(
      coefficients, buffers, noise: noise, exploration: exploration,
      logForward: logs.forward.row(step), logBackward: logs.backward.row(step))
  }

  /// Leaves t_i log ρ(x_i), which came with the score, to a state flow that looks ahead.
  private func tell(_ flow: StepMatrix, _ step: Int, _ rows: Int) {
    let time = model.process.time(of: step)
    for row in 0..<rows { flow[step, row] = step == 0 ? 0 : time * Double(values[row]) }
  }

  /// Clipped scores; a row with a NaN or an infinity is marked, and its score zero.
  private func evaluateScore(
    at states: UnsafeRawPointer, _ out: UnsafeMutableRawPointer, _ rows: Int,
    _ settings: SimulationSettings, _ isDamaged: UnsafeMutablePointer<Bool>
  ) throws {
    let kernels = InstructionSet.active.kernels
    let count = rows * model.network.dimension
    let score = out.assumingMemoryBound(to: Float.self)
    let points = Points(
      states.assumingMemoryBound(to: Float.self), count: rows, dimension: model.network.dimension)
    try density.score(of: points, logDensity: values, into: score)
    if kernels.countNonFinite(score, count: count) > 0 {
      try setAsideNonFinite(score, at: points, settings.nonFinite, isDamaged)
    }
    kernels.clip(score, bound: model.scoreBound, to: score, count: count)
  }
}

/// Sets rows of a score with a NaN or an infinity to zero and marks them, or stops at the first.
func setAsideNonFinite(
  _ score: UnsafeMutablePointer<Float>, at points: Points, _ policy: NonFinitePolicy,
  _ isDamaged: UnsafeMutablePointer<Bool>
) throws {
  let d = points.dimension
  let damaged = (0..<points.count).filter { r in
    (0..<d).contains { !score[r * d + $0].isFinite }
  }
  if policy == .stop, let first = damaged.first {
    throw NumericalError(
      "the score", count: damaged.count, total: points.count, point: points[first])
  }
  for r in damaged {
    isDamaged[r] = true
    (score + r * d).update(repeating: 0, count: d)
  }
}

/// A buffer that threads write to, each at indices of its own.
struct SharedBuffer<Element>: @unchecked Sendable {
  let base: UnsafeMutablePointer<Element>

  init(_ buffer: UnsafeMutableBufferPointer<Element>) {
    base = buffer.baseAddress ?? .allocate(capacity: 1)
  }
}
