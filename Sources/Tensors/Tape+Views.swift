extension Tape {
  /// The same elements under another shape; nothing is copied.
  package func reshape(_ x: Tensor, _ shape: Shape) -> Tensor {
    precondition(shape.count == x.count, "reshape: \(x.shape) to \(shape)")
    return pushForward(view(x, shape), x) { reshape($0, shape) }
  }

  /// Some of the entries along the first axis; nothing is copied.
  package func entries(_ x: Tensor, _ range: Range<Int>) -> Tensor {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= x.shape[0], "entries: \(range) of \(x.shape)")
    let entry = x.shape.count(of: 1..<x.shape.rank)
    let part = view(
      x, x.shape.replacing(axis: 0, with: range.count),
      byteOffset: range.lowerBound * entry * type.byteCount)
    return pushForward(part, x) { entries($0, range) }
  }
}
