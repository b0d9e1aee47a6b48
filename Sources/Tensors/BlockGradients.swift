import KernelTables
import Kernels

/// Gradients that several threads work out, each for blocks of its own, added in a fixed order.
///
/// Every block writes a buffer of its own; a fixed binary tree adds the buffers. So the sum has the
/// same bits for any number of threads. The buffers are kept from one use to the next.
package final class BlockGradients {
  /// Elements of one gradient.
  package let count: Int
  private let pool: ThreadPool
  private var buffers: UnsafeMutableBufferPointer<Float> = .allocate(capacity: 0)

  /// - Parameter count: Elements of one gradient.
  package init(count: Int, pool: ThreadPool) {
    self.count = count
    self.pool = pool
  }

  deinit { buffers.deallocate() }

  /// Lets every block write its gradient, which begins at zero, and adds all of them.
  /// - Parameter body: Given the block, the number of the thread, and where its gradient goes.
  /// - Returns: The sum, [count], valid until the next call.
  package func sum(
    blocks: Int,
    _ body: (_ block: Int, _ worker: Int, _ gradient: UnsafeMutablePointer<Float>) -> Void
  ) -> UnsafeMutablePointer<Float> {
    reserve(blocks)
    guard let first = buffers.baseAddress else { preconditionFailure("a gradient of no blocks") }
    let shared = SharedAddress(first)
    pool.run(blocks) { block, worker in
      let own = shared.address + block * count
      own.update(repeating: 0, count: count)
      body(block, worker, own)
    }
    addUp(shared, blocks)
    return first
  }

  /// Adds all blocks into the first: block b takes in block b + s for s = 1, 2, 4, ….
  private func addUp(_ shared: SharedAddress, _ blocks: Int) {
    let span = 4096
    let kernels = InstructionSet.active.kernels
    pool.run((count + span - 1) / span) { index, _ in
      let first = index * span
      let length = min(span, count - first)
      var s = 1
      while s < blocks {
        for b in stride(from: 0, to: blocks - s, by: 2 * s) {
          kernels.accumulate(
            shared.address + (b + s) * count + first, into: shared.address + b * count + first,
            count: length)
        }
        s *= 2
      }
    }
  }

  private func reserve(_ blocks: Int) {
    let needed = max(1, blocks * count)
    guard buffers.count < needed else { return }
    buffers.deallocate()
    buffers = .allocate(capacity: needed)
  }
}

/// An address that threads write to, each in a part of its own.
private struct SharedAddress: @unchecked Sendable {
  let address: UnsafeMutablePointer<Float>
  init(_ address: UnsafeMutablePointer<Float>) { self.address = address }
}
