import KernelTables

extension Tape {
  /// sin x and cos x, side by side along the last axis.
  ///
  /// Where no gradient goes through, one pass finds both and puts them in their place; the bits are the
  /// same.
  /// - Parameter x: [rows …, columns].
  /// - Returns: [rows …, 2 columns].
  package func waves(_ x: Tensor) -> Tensor {
    guard !records(x), !follows(x) else { return concatenate(apply(.sine, x), apply(.cosine, x)) }
    let (count, size) = (x.shape.columns, x.shape.columns * type.byteCount)
    let y = allocate(x.shape.replacing(axis: -1, with: 2 * count))
    for row in 0..<x.shape.rows {
      let sine = y.data + 2 * row * size
      kernels.mapWithDerivative(
        .sine, x.data + row * size, to: sine, derivative: sine + size, count: count)
    }
    return y
  }
}
