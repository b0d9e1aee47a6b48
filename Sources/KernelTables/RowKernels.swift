/// Loops over matrices of groups of rows: sums and copies in a fixed order.
package protocol RowKernels {
  /// y[g, r, :] = x[g, r, :] + table[g, :], with x and y [groups, rows, columns].
  static func addRows(
    _ x: UnsafeRawPointer, _ table: UnsafeRawPointer, to y: UnsafeMutableRawPointer, groups: Int,
    rows: Int, columns: Int)

  /// Adds to out[g, :] the rows of x[g, :, :] one after the other.
  static func accumulateRows(
    _ x: UnsafeRawPointer, into out: UnsafeMutableRawPointer, groups: Int, rows: Int, columns: Int)

  /// out[i] += x[i].
  static func accumulate(_ x: UnsafeRawPointer, into out: UnsafeMutableRawPointer, count: Int)

  /// y[g, r, j] = x[g, r, j] + scale[g, j] z[g, r, j]; a scale with one column serves all j.
  static func addScaledRows(
    _ x: UnsafeRawPointer, scale: UnsafeRawPointer, scaleColumns: Int, _ z: UnsafeRawPointer,
    to y: UnsafeMutableRawPointer, groups: Int, rows: Int, columns: Int)

  /// Adds to scale[g, j] (or its one column) the sum over rows of x[g, r, j] z[g, r, j].
  static func accumulateRowProducts(
    _ x: UnsafeRawPointer, _ z: UnsafeRawPointer, into scale: UnsafeMutableRawPointer,
    scaleColumns: Int, groups: Int, rows: Int, columns: Int)

  /// Copies a [rows, columns] window between matrices with these row strides, in elements.
  static func copyColumns(
    _ x: UnsafeRawPointer, stride: Int, to y: UnsafeMutableRawPointer, stride yStride: Int,
    rows: Int, columns: Int)

  /// Adds a [rows, columns] window to another between matrices with these row strides.
  static func accumulateColumns(
    _ x: UnsafeRawPointer, stride: Int, into y: UnsafeMutableRawPointer, stride yStride: Int,
    rows: Int, columns: Int)
}
