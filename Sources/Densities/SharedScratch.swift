import Synchronization

/// Working memory of one size for any number of threads at once, allocated as often as threads meet and
/// kept until this is freed: in the steady state nothing is allocated.
final class SharedScratch: Sendable {
  private struct Buffer: @unchecked Sendable { let floats: UnsafeMutablePointer<Float> }
  private let capacity: Int
  private let idle = Mutex<[Buffer]>([])

  /// Memory of this many floats.
  init(_ capacity: Int) { self.capacity = capacity }

  deinit {
    idle.withLock { buffers in
      for buffer in buffers { buffer.floats.deallocate() }
    }
  }

  /// Lends a buffer, whose contents are those of earlier calls.
  func borrow<Result>(
    _ body: (UnsafeMutablePointer<Float>) throws -> Result
  ) rethrows -> Result {
    let known = idle.withLock { $0.popLast() }
    let buffer = known ?? Buffer(floats: .allocate(capacity: capacity))
    defer { idle.withLock { $0.append(buffer) } }
    return try body(buffer.floats)
  }
}

/// Rows that are evaluated together where a density needs working memory for each.
let scratchRows = 30

extension Points {
  /// Calls `body` with pieces of at most so many rows, and the first row of each.
  func forEachPiece(of rows: Int, _ body: (_ piece: Points, _ first: Int) throws -> Void) rethrows {
    for first in stride(from: 0, to: count, by: rows) {
      let piece = Points(
        data + first * dimension, count: min(rows, count - first), dimension: dimension,
        conditions: conditions.map { $0 + first })
      try body(piece, first)
    }
  }
}
