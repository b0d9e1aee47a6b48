/// Memory that is handed out in order and taken back all at once.
///
/// A tape draws its values and gradients from an arena: after the first pass over a block no memory
/// is allocated any more. Not thread-safe: one arena for each thread.
package final class Arena {
  private struct Chunk {
    let base: UnsafeMutableRawPointer
    let size: Int
  }

  private static let alignment = 64
  private static let firstSize = 1 << 20

  private var chunks: [Chunk] = []
  private var current = 0
  private var used = 0

  package init() {}

  deinit {
    for chunk in chunks { chunk.base.deallocate() }
  }

  /// `bytes` of memory with undefined contents, aligned to a cache line.
  package func allocate(bytes: Int) -> UnsafeMutableRawPointer {
    let size = (max(1, bytes) + Arena.alignment - 1) & ~(Arena.alignment - 1)
    while current < chunks.count {
      if used + size <= chunks[current].size {
        defer { used += size }
        return chunks[current].base + used
      }
      (current, used) = (current + 1, 0)
    }
    let grown = max(size, chunks.last.map { 2 * $0.size } ?? Arena.firstSize)
    chunks.append(
      Chunk(base: .allocate(byteCount: grown, alignment: Arena.alignment), size: grown))
    used = size
    return chunks[current].base
  }

  /// Takes everything back; what was handed out must not be used any more.
  package func reset() { (current, used) = (0, 0) }

  /// How far memory has been handed out.
  package struct Mark: BitwiseCopyable {
    fileprivate let current: Int
    fileprivate let used: Int
  }

  /// The place to which `rewind` can go back.
  package var mark: Mark { Mark(current: current, used: used) }

  /// Takes back what was handed out since a mark.
  ///
  /// The contents stay as they are until memory is handed out again.
  package func rewind(to mark: Mark) { (current, used) = (mark.current, mark.used) }

  /// Bytes held from the system.
  package var capacity: Int { chunks.reduce(0) { $0 + $1.size } }
}
