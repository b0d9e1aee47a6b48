import Tensors

/// Keys and values of the places that a decoder has passed, so that a step computes only its own.
///
/// For sampling: no gradient flows to what is remembered. Steps with a cache give the bits of one whole
/// pass under a causal mask.
package final class AttentionCache {
  /// Places remembered.
  package private(set) var length = 0
  private let batch, places, inner, width: Int
  private let type: ScalarType
  /// [batch, places, keys of all heads and then values].
  private let storage: UnsafeMutableRawPointer

  init(batch: Int, places: Int, heads: Int, width: Int, type: ScalarType) {
    (self.batch, self.places, self.width, self.type) = (batch, places, width, type)
    inner = heads * width
    storage = .allocate(
      byteCount: max(1, batch * places * 2 * inner * type.byteCount), alignment: 64)
  }

  deinit { storage.deallocate() }

  /// Forgets everything.
  package func reset() { length = 0 }

  /// Adds the next places and returns all.
  func appending(
    _ keys: Heads, _ values: Heads, on tape: Tape
  ) -> (keys: Heads, values: Heads) {
    precondition(
      length + keys.length <= places && keys.tensor.shape[0] == batch && tape.type == type,
      "attention cache: no room for \(keys.length) more places")
    copy(keys, toColumn: 0, on: tape)
    copy(values, toColumn: inner, on: tape)
    length += keys.length
    return contents(on: tape)
  }

  /// What is remembered, as heads.
  func contents(on tape: Tape) -> (keys: Heads, values: Heads) {
    let all = tape.constant(at: storage, Shape(batch, places, 2 * inner))
    return (
      Heads(all, width: width, length: length),
      Heads(all, firstColumn: inner, width: width, length: length)
    )
  }

  private func copy(_ heads: Heads, toColumn column: Int, on tape: Tape) {
    let (from, stride, size) = (heads.tensor, heads.tensor.shape[2], type.byteCount)
    for b in 0..<batch {
      tape.kernels.copyColumns(
        from.data + (b * from.shape[1] * stride + heads.firstColumn) * size, stride: stride,
        to: storage + ((b * places + length) * 2 * inner + column) * size, stride: 2 * inner,
        rows: heads.length, columns: inner)
    }
  }
}
