import KernelTables
import Kernels

/// Gradients that several threads work out, each for blocks of its own, added in a fixed order.
///
/// Every block writes a buffer of its own; a fixed binary tree adds the buffers. So the sum has the
/// same bits for any number of threads. The buffers are kept from one use to the next.
package final class BlockGradients: @unchecked Sendable {
  /// Elements of one gradient.
  package let count: Int
  /// The first ones, which nobody writes: they stay zeros.
  private let constants: Int
  private let pool: ThreadPool
  private var blocks = 0
  private var buffers: UnsafeMutableBufferPointer<Float> = .allocate(capacity: 0)

  /// - Parameters:
  ///   - count: Elements of one gradient.
  ///   - constants: How many of the first ones are of parameters that are held fixed.
  package init(count: Int, constants: Int = 0, pool: ThreadPool) {
    (self.count, self.constants) = (count, constants)
    self.pool = pool
  }

  deinit { buffers.deallocate() }

  /// Makes room for so many blocks, each of which then asks for its gradient once.
  package func begin(blocks: Int) {
    self.blocks = blocks
    let needed = max(1, blocks * count)
    guard buffers.count < needed else { return }
    buffers.deallocate()
    buffers = .allocate(capacity: needed)
    buffers.initialize(repeating: 0)
  }

  /// Where a block's gradient goes, [count], all zeros.
  package func gradient(of block: Int) -> UnsafeMutablePointer<Float> {
    let own = first + block * count
    (own + constants).update(repeating: 0, count: count - constants)
    return own
  }

  /// Adds all blocks into the first: block b takes in block b + s for s = 1, 2, 4, ….
  /// - Returns: The sum, [count], valid until the next use.
  package func addUp() -> UnsafeMutablePointer<Float> {
    pool.run((count - constants + BlockGradients.span - 1) / BlockGradients.span, self) {}
    return first
  }

  private var first: UnsafeMutablePointer<Float> {
    guard let first = buffers.baseAddress else { preconditionFailure("a gradient of no blocks") }
    return first
  }
}

extension BlockGradients: PooledWork {
  /// Numbers that are added up at a time.
  private static let span = 4096

  /// Adds up one span of all blocks.
  package func piece(_ index: Int, _ worker: Int) {
    let start = constants + index * BlockGradients.span
    let length = min(BlockGradients.span, count - start)
    let kernels = InstructionSet.active.kernels
    var s = 1
    while s < blocks {
      for b in stride(from: 0, to: blocks - s, by: 2 * s) {
        kernels.accumulate(
          first + (b + s) * count + start, into: first + b * count + start, count: length)
      }
      s *= 2
    }
  }
}
