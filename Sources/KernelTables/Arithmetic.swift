/// A function of two numbers, applied to pairs of elements.
package enum BinaryFunction: String, CaseIterable, Sendable {
  /// a + b.
  case add
  /// a - b.
  case subtract
  /// a b.
  case multiply
  /// a / b.
  case divide
  /// The greater; a where neither is.
  case maximum
  /// The lesser; a where neither is.
  case minimum
  /// 1 where a < b, 0 elsewhere.
  case isLess = "is-less"
  /// 1 where a = b, 0 elsewhere.
  case isEqual = "is-equal"
}

/// A matrix that may repeat its rows, its columns or both.
package struct RepeatedMatrix {
  /// The first element.
  package var data: UnsafeRawPointer
  /// Elements from one row to the next; 0 repeats one row.
  package var rowStride: Int
  /// 1, or 0 to repeat one number along the row.
  package var columnStride: Int

  /// Names the strides.
  package init(_ data: UnsafeRawPointer, rowStride: Int, columnStride: Int) {
    self.data = data
    self.rowStride = rowStride
    self.columnStride = columnStride
  }
}

/// Arithmetic on matrices of which one may repeat what it has, and sums along rows.
package protocol ArithmeticKernels {
  /// out[r, j] = f(a[r, j], b[r, j]), out dense; out may be a or b.
  static func binary(
    _ function: BinaryFunction, _ a: RepeatedMatrix, _ b: RepeatedMatrix,
    to out: UnsafeMutableRawPointer, rows: Int, columns: Int)

  /// Adds to out[r] the sum of x[r, :], x dense; sixteen lanes and a fixed tree for each row.
  static func accumulateRowSums(
    _ x: UnsafeRawPointer, into out: UnsafeMutableRawPointer, rows: Int, columns: Int)
}
