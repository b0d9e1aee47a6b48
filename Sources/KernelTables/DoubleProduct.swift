/// The matrix product of 64-bit floats: factorisations and whatever else needs the digits.
package protocol DoubleMatrixKernels {
  /// Computes C = start + A B on doubles, each element in the order of k with fused multiply-adds.
  static func doubleProduct(_ product: MatrixProduct)
}
