extension Tape {
  /// A matrix of ones on and below a diagonal, zeros above it.
  /// - Parameter diagonal: 0 for the main one; d keeps column j of row i where j <= i + d.
  package func lowerTriangle(rows: Int, columns: Int, diagonal: Int = 0) -> Tensor {
    let mask = constant(0, Shape(rows, columns))
    for i in 0..<rows {
      for j in 0..<max(0, min(columns, i + diagonal + 1)) {
        write(1, at: i * columns + j, of: mask)
      }
    }
    return mask
  }
}
