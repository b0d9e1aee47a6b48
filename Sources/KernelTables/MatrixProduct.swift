/// One matrix product C = (start + A B) ∘ factor with the accumulation order fixed.
///
/// Every element of C starts from its element of `start` (zero if there is none), adds
/// A[i, k] B[k, j] for k = 0, 1, 2, … with one fused multiply-add each, whatever the instruction set
/// and tile, and is multiplied by its element of `factor` (one if there is none). A is read with two
/// strides, so its transpose costs nothing; a transposed B is copied piece by piece.
package struct MatrixProduct {
  /// A, [rows, depth].
  package var a: UnsafeRawPointer
  /// Elements from one row of A to the next.
  package var aRowStride: Int
  /// Elements from one column of A to the next.
  package var aColumnStride: Int
  /// B, [depth, columns].
  package var b: UnsafeRawPointer
  /// Elements from one row of B to the next.
  package var bRowStride: Int
  /// Elements from one column of B to the next.
  package var bColumnStride: Int
  /// C, [rows, columns], columns adjacent.
  package var c: UnsafeMutableRawPointer
  /// Elements from one row of C to the next.
  package var cRowStride: Int
  /// What C starts from: C itself to accumulate, a bias with stride 0, or nothing for zero.
  package var start: UnsafeRawPointer?
  /// Elements from one row of `start` to the next.
  package var startRowStride: Int
  /// What the elements of C are multiplied by in the end, rows as far apart as those of C; nothing
  /// for one.
  package var factor: UnsafeRawPointer?
  /// Rows of A and C.
  package var rows: Int
  /// Columns of B and C.
  package var columns: Int
  /// Columns of A, rows of B.
  package var depth: Int

  /// A product of dense row-major matrices, C = A B.
  package init(
    a: UnsafeRawPointer, b: UnsafeRawPointer, c: UnsafeMutableRawPointer, rows: Int, columns: Int,
    depth: Int
  ) {
    self.a = a
    self.b = b
    self.c = c
    (self.rows, self.columns, self.depth) = (rows, columns, depth)
    (aRowStride, aColumnStride) = (depth, 1)
    (bRowStride, bColumnStride, cRowStride) = (columns, 1, columns)
    (start, startRowStride, factor) = (nil, 0, nil)
  }

  /// The same product with A read as the transpose of a dense [depth, rows] matrix.
  package func transposingA() -> MatrixProduct {
    var product = self
    (product.aRowStride, product.aColumnStride) = (1, rows)
    return product
  }

  /// The same product with B read as the transpose of a dense [columns, depth] matrix.
  package func transposingB() -> MatrixProduct {
    var product = self
    (product.bRowStride, product.bColumnStride) = (1, depth)
    return product
  }

  /// The same product added to what C holds.
  package func accumulating() -> MatrixProduct {
    var product = self
    (product.start, product.startRowStride) = (UnsafeRawPointer(c), cRowStride)
    return product
  }

  /// The same product multiplied by a matrix of its shape, element by element.
  package func multiplied(by factor: UnsafeRawPointer) -> MatrixProduct {
    var product = self
    product.factor = factor
    return product
  }

  /// The same product plus a row vector.
  package func adding(row: UnsafeRawPointer) -> MatrixProduct {
    var product = self
    (product.start, product.startRowStride) = (row, 0)
    return product
  }
}

/// The matrix products.
package protocol MatrixKernels {
  /// Computes C = (start + A B) ∘ factor, each element in the order of k with fused multiply-adds.
  static func product(_ product: MatrixProduct)

  /// The same on doubles, whatever the set's own type: factorisations and whatever else needs the digits.
  static func doubleProduct(_ product: MatrixProduct)

  /// Writes the transpose of a dense [rows, columns] matrix, [columns, rows], somewhere else.
  static func transpose(
    _ matrix: UnsafeRawPointer, to result: UnsafeMutableRawPointer, rows: Int, columns: Int)
}
