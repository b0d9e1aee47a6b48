import CVectors

// Copies of matrices with any two strides as matrices with adjacent columns.

/// A vector for whose elements there is a fast transposition.
protocol MatrixVector: ColumnVector {
  /// to[i, j] = from[i, j], where `from` has two strides and the columns of `to` are adjacent.
  static func transpose(
    _ from: UnsafePointer<Scalar>, _ rowStride: Int, _ columnStride: Int,
    to: UnsafeMutablePointer<Scalar>, _ toStride: Int, rows: Int, columns: Int)
}

extension MatrixVector {
  /// to[i, j] = from[i, j], an element at a time.
  @inline(__always) static func transposeElements(
    _ from: UnsafePointer<Scalar>, _ rowStride: Int, _ columnStride: Int,
    to: UnsafeMutablePointer<Scalar>, _ toStride: Int, rows: Int, columns: Int
  ) {
    for i in 0..<rows {
      for j in 0..<columns { to[i &* toStride &+ j] = from[i &* rowStride &+ j &* columnStride] }
    }
  }
}

extension SIMD8<Double>: MatrixVector {
  static func transpose(
    _ from: UnsafePointer<Double>, _ rowStride: Int, _ columnStride: Int,
    to: UnsafeMutablePointer<Double>, _ toStride: Int, rows: Int, columns: Int
  ) {
    transposeElements(from, rowStride, columnStride, to: to, toStride, rows: rows, columns: columns)
  }
}

extension SIMD16<Float>: MatrixVector {
  /// Whole blocks of 16 by 16 go through registers.
  static func transpose(
    _ from: UnsafePointer<Float>, _ rowStride: Int, _ columnStride: Int,
    to: UnsafeMutablePointer<Float>, _ toStride: Int, rows: Int, columns: Int
  ) {
    let (wholeRows, wholeColumns) = rowStride == 1 ? (rows & ~15, columns & ~15) : (0, 0)
    for j in stride(from: 0, to: wholeColumns, by: 16) {
      for i in stride(from: 0, to: wholeRows, by: 16) {
        vector_transpose(from + i + j * columnStride, columnStride, to + i * toStride + j, toStride)
      }
    }
    transposeElements(
      from + wholeRows * rowStride, rowStride, columnStride, to: to + wholeRows * toStride,
      toStride, rows: rows - wholeRows, columns: columns)
    transposeElements(
      from + wholeColumns * columnStride, rowStride, columnStride, to: to + wholeColumns, toStride,
      rows: wholeRows, columns: columns - wholeColumns)
  }
}
