import KernelTables
import Kernels
import Networks
import Objectives
import Tensors

/// The gradient of an objective by all parameters, from its gradient by the log-probabilities.
///
/// Blocks of (step, row) pairs go through a short tape that recomputes the network: memory does
/// not grow with the number of steps. Each block of rows adds up a gradient of its own, in the
/// order of its steps; the blocks are added by a fixed tree. So the bits do not depend on threads.
final class PathReplay {
  /// Pairs of step and row on one tape.
  private static let pairs = 240

  private let model: PathModel
  private let flows: PathFlows?
  private let pool: ThreadPool
  private let tapes: [Tape]
  /// One row a block, each as long as parameters and time encodings together.
  private var gradients: UnsafeMutableBufferPointer<Float>

  init(_ model: PathModel, _ flows: PathFlows? = nil, pool: ThreadPool) {
    self.model = model
    self.flows = flows
    self.pool = pool
    tapes = (0..<pool.threads).map { _ in Tape() }
    gradients = .allocate(capacity: 0)
  }

  deinit { gradients.deallocate() }

  private var gradientCount: Int { flowOffset + (flows?.encodingCount ?? 0) }

  /// Where the gradient of the flow's time encodings begins.
  private var flowOffset: Int { model.parameters.count + model.encodingCount }

  /// Runs all pairs backwards.
  /// - Parameters:
  ///   - batch: The paths, kept.
  ///   - times: The encodings of all steps, recorded on `timeTape`.
  ///   - adjoints: ∂ loss / ∂ log P_F and ∂ loss / ∂ log F, [T, B].
  ///   - gradient: Receives ∂ loss / ∂ parameters; `timeTape` adds its part to it, so the
  ///     variables on that tape must have been bound to it, and it must hold zeros.
  func accumulate(
    _ batch: PathBatch, times: PathNetwork.Times, timeTape: Tape, adjoints: PathAdjoints,
    into gradient: UnsafeMutablePointer<Float>
  ) {
    reserve(blocks: batch.blocks)
    guard let first = gradients.baseAddress else { return }
    let (count, shared) = (gradientCount, SharedBuffer(gradients))
    pool.run(batch.blocks) { block, worker in
      let own = shared.base + block * count
      own.update(repeating: 0, count: count)
      replay(batch, block, times, adjoints.logForward, tapes[worker], into: own)
      replayFlow(batch, block, worker, adjoints.logFlow, into: own)
    }
    reduce(blocks: batch.blocks)
    let kernels = InstructionSet.active.kernels
    kernels.accumulate(first, into: gradient, count: model.parameters.count)
    let encodings = first + model.parameters.count
    timeTape.addSeed(encodings, to: times.encoding)
    if let scale = times.scale { timeTape.addSeed(encodings + times.encoding.count, to: scale) }
    timeTape.runBackward()
    flows?.finish(first + flowOffset)
  }

  private func replayFlow(
    _ batch: PathBatch, _ block: Int, _ worker: Int, _ adjoints: [Double],
    into gradient: UnsafeMutablePointer<Float>
  ) {
    guard let flows else { return }
    adjoints.withUnsafeBufferPointer {
      guard let base = UnsafeMutablePointer(mutating: $0.baseAddress) else { return }
      let rows = batch.rows(of: block)
      let seeds = StepMatrix(data: base + rows.lowerBound, stride: batch.count)
      flows.runBackward(
        batch.flowRows(of: block), worker: worker, gradient: gradient,
        timeGradient: gradient + flowOffset, seeds)
    }
  }

  private func replay(
    _ batch: PathBatch, _ block: Int, _ times: PathNetwork.Times, _ seeds: [Double], _ tape: Tape,
    into gradient: UnsafeMutablePointer<Float>
  ) {
    let rows = batch.rows(of: block)
    let chunk = max(1, PathReplay.pairs / max(1, rows.count))
    var step = 0
    while step < batch.steps {
      let range = step..<min(batch.steps, step + chunk)
      replay(batch, block, range, times, seeds, tape, into: gradient)
      step = range.upperBound
    }
  }

  private func replay(
    _ batch: PathBatch, _ block: Int, _ steps: Range<Int>, _ times: PathNetwork.Times,
    _ seeds: [Double], _ tape: Tape, into gradient: UnsafeMutablePointer<Float>
  ) {
    tape.reset()
    let rows = batch.rows(of: block)
    let shape = Shape(rows: steps.count * rows.count, columns: batch.dimension)
    let context = Context(
      tape: tape, parameters: ParameterBinding(model.parameters, gradients: gradient))
    let x = batch.state(block, steps.lowerBound)
    let output = model.network(
      tape.constant(x, shape),
      at: times.steps(
        steps, of: batch.steps, on: tape, gradients: gradient + model.parameters.count),
      score: model.network.usesScore
        ? tape.constant(batch.score(block, steps.lowerBound), shape) : nil,
      context)
    tape.backwardFromLogForward(
      drift: output.drift, raw: output.raw, x: x, next: batch.state(block, steps.lowerBound + 1),
      coefficients: model.process.coefficients[steps],
      seed: gather(seeds, steps, rows, batch.count, tape))
  }

  /// The seeds of a run of steps for a block of rows, [steps, rows].
  private func gather(
    _ seeds: [Double], _ steps: Range<Int>, _ rows: Range<Int>, _ stride: Int, _ tape: Tape
  ) -> UnsafePointer<Double> {
    let out = tape.arena.allocate(bytes: 8 * steps.count * rows.count)
      .assumingMemoryBound(to: Double.self)
    for (s, step) in steps.enumerated() {
      for r in 0..<rows.count {
        out[s * rows.count + r] = seeds[step * stride + rows.lowerBound + r]
      }
    }
    return UnsafePointer(out)
  }

  /// Adds all blocks into the first: block b takes in block b + s for s = 1, 2, 4, ….
  private func reduce(blocks: Int) {
    let (count, shared) = (gradientCount, SharedBuffer(gradients))
    let span = 4096
    let kernels = InstructionSet.active.kernels
    pool.run((count + span - 1) / span) { index, _ in
      let first = index * span
      let length = min(span, count - first)
      var s = 1
      while s < blocks {
        for b in stride(from: 0, to: blocks - s, by: 2 * s) {
          kernels.accumulate(
            shared.base + (b + s) * count + first, into: shared.base + b * count + first,
            count: length)
        }
        s *= 2
      }
    }
  }

  private func reserve(blocks: Int) {
    guard gradients.count < blocks * gradientCount else { return }
    gradients.deallocate()
    gradients = .allocate(capacity: blocks * gradientCount)
  }
}
