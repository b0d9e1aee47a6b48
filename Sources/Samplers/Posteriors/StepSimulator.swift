import Kernels
import Networks
import Tensors

/// Simulates paths of a chain, from noise forwards or from given ends backwards, without gradients.
///
/// Beside the log-probabilities of the chain's own steps it writes those of a reference for the same
/// steps: of a prior, or of the noising process. Blocks of rows are shared out among threads; nothing depends on
/// which, or on the size of blocks.
final class StepSimulator: @unchecked Sendable {
  /// What steps are compared with.
  enum Reference {
    /// Another chain with parameters in the same set.
    case chain(any StepModel)
    /// Noising: then the log-ratio of a path, with that of its start, is an importance weight of its end.
    case noising
  }

  /// Where paths come from.
  enum Origin {
    /// Noise, along the chain.
    case start
    /// Noise, along the reference, which must be a chain, in the steps for which this is true.
    case partly([Bool])
    /// Ends, [rows, D], which the noising process leads back to noise.
    case ends(UnsafePointer<Float>)
  }

  /// The chain.
  let model: any StepModel
  private let reference: Reference
  private let parameters: ParameterSet
  private let pool: ThreadPool
  private let tapes: [Tape]

  init(
    _ model: any StepModel, reference: Reference, _ parameters: ParameterSet, pool: ThreadPool
  ) {
    (self.model, self.reference, self.parameters, self.pool) = (model, reference, parameters, pool)
    tapes = (0..<pool.threads).map { _ in
      let tape = Tape()
      tape.isRecording = false
      return tape
    }
  }

  /// Simulates `count` paths.
  /// - Parameters:
  ///   - firstRow: The number of the first one: what is drawn depends on it.
  ///   - paths: Where they go.
  func run(
    _ count: Int, firstRow: Int = 0, from origin: Origin, _ stream: RandomStream,
    conditions: UnsafePointer<Float>? = nil, into paths: StepPaths, _ poll: () throws -> Void
  ) throws {
    let size = model.tapeRows
    let blocks = (count + size - 1) / size
    // Some blocks at a time, so that a request to stop is soon heard.
    for first in stride(from: 0, to: blocks, by: 2 * pool.threads) {
      try poll()
      pool.run(min(2 * pool.threads, blocks - first)) { index, worker in
        let row = (first + index) * size
        let block = Block(
          firstPath: row,
          rows: StepRows(
            first: firstRow + row, count: min(size, count - row),
            conditions: conditions.map { $0 + row * self.model.conditionDimension }))
        self.run(block, from: origin, stream, paths, self.tapes[worker])
      }
    }
    try poll()
  }

  private struct Block {
    let firstPath: Int
    let rows: StepRows
  }

  private func run(
    _ block: Block, from origin: Origin, _ stream: RandomStream, _ paths: StepPaths, _ tape: Tape
  ) {
    if case .ends(let ends) = origin {
      let count = block.rows.count * model.dimension
      paths.state(paths.steps, from: block.firstPath).update(
        from: ends + block.firstPath * model.dimension, count: count)
      for step in (0..<paths.steps).reversed() {
        model.noise(
          step, block.rows, from: paths.state(step + 1, from: block.firstPath), stream,
          into: paths.state(step, from: block.firstPath))
      }
    } else {
      model.start(block.rows, stream, into: paths.state(0, from: block.firstPath))
    }
    for step in 0..<paths.steps { move(step, block, origin, stream, paths, tape) }
    model.startLogProbabilities(
      block.rows, of: paths.state(0, from: block.firstPath),
      into: paths.logStart + block.firstPath)
  }

  /// One step of a block: the next states where they are not there yet, and both log-probabilities.
  private func move(
    _ step: Int, _ block: Block, _ origin: Origin, _ stream: RandomStream, _ paths: StepPaths,
    _ tape: Tape
  ) {
    let (x, next) = (
      paths.state(step, from: block.firstPath), paths.state(step + 1, from: block.firstPath)
    )
    let entry = step * paths.capacity + block.firstPath
    let (own, other) = (paths.logForward + entry, paths.logReference + entry)
    let rows = block.rows.keeping(paths.scores(of: step, from: block.firstPath))
    let binding = ParameterBinding(parameters, gradients: nil)
    func context() -> Context {
      tape.reset()
      return Context(tape: tape, parameters: binding)
    }
    switch (origin, reference) {
    case (.partly(let isReference), .chain(let chain)) where isReference[step]:
      chain.advance(
        step, block.rows, from: x, stream, context(), into: next, logProbabilities: other)
      model.logProbabilities(step, rows, of: next, from: x, context(), into: own)
      return
    case (.start, _), (.partly, _):
      model.advance(
        step, rows, from: x, stream, context(), into: next, logProbabilities: own)
    default:
      model.logProbabilities(step, rows, of: next, from: x, context(), into: own)
    }
    switch reference {
    case .chain(let chain):
      chain.logProbabilities(step, block.rows, of: next, from: x, context(), into: other)
    case .noising:
      model.noiseLogProbabilities(step, block.rows, of: x, from: next, into: other)
    }
  }
}
