/// Random numbers as a function of where they are used.
///
/// Philox4x32-10 maps (key; column block, row, step, 0) to four 32-bit words, one for each of
/// four adjacent columns: no state, hence the same numbers for any split of rows over threads.
package protocol RandomKernels {
  /// Standard normals into out[rows, columns] for rows firstRow, firstRow + 1, ….
  static func normals(
    key: UInt64, step: UInt32, firstRow: Int, rows: Int, columns: Int,
    to out: UnsafeMutableRawPointer)

  /// Uniforms in (0, 1) into out[rows, columns].
  static func uniforms(
    key: UInt64, step: UInt32, firstRow: Int, rows: Int, columns: Int,
    to out: UnsafeMutableRawPointer)
}
