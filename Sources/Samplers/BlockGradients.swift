import Kernels
import Networks
import Tensors

/// One gradient for each block of rows, added up by a fixed tree: so the bits do not depend on threads.
///
/// A gradient is as long as the parameters and the time tables together.
final class BlockGradients: @unchecked Sendable {
  private let parameters: Int
  private let starts: Int
  private let count: Int
  private let blocks: Int
  private let storage: UnsafeMutablePointer<Float>

  init(_ model: PathModel, blocks: Int) {
    parameters = model.parameters.count
    starts = model.process.steps * model.network.width
    count = parameters + model.encodingCount
    self.blocks = blocks
    storage = .allocate(capacity: max(1, blocks * count))
  }

  deinit { storage.deallocate() }

  /// A block's gradient by the parameters.
  func byParameters(_ block: Int) -> UnsafeMutablePointer<Float> { storage + block * count }

  /// A block's gradient by the time tables.
  func byTimes(_ block: Int) -> TimeGradients {
    let first = storage + block * count + parameters
    return TimeGradients(
      starts: UnsafeMutableRawPointer(first), scale: UnsafeMutableRawPointer(first + starts))
  }

  /// Sets a block's gradient to zero.
  func clear(_ block: Int) { (storage + block * count).update(repeating: 0, count: count) }

  /// Adds all blocks into the first, times a factor: block b takes in block b + s for s = 1, 2, 4, ….
  func reduce(_ pool: ThreadPool, factor: Float) {
    let span = 4096
    let kernels = InstructionSet.active.kernels
    pool.run((count + span - 1) / span) { index, _ in
      let first = storage + index * span
      let length = min(span, count - index * span)
      var s = 1
      while s < blocks {
        for b in stride(from: 0, to: blocks - s, by: 2 * s) {
          kernels.accumulate(first + (b + s) * count, into: first + b * count, count: length)
        }
        s *= 2
      }
      guard factor != 1 else { return }
      for i in 0..<length { first[i] *= factor }
    }
  }
}
