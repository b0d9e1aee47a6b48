/// How rows are brought to unit size.
package struct RowNormalization {
  /// Whether the mean is taken away first: layer normalisation, or without it root mean square.
  package var isCentred: Bool
  /// ε, added to the mean square.
  package var epsilon: Double
  /// Factor of each column; nil for none.
  package var gain: UnsafeRawPointer?
  /// Added to each column; nil for none.
  package var bias: UnsafeRawPointer?

  /// Names the numbers.
  package init(
    isCentred: Bool, epsilon: Double, gain: UnsafeRawPointer? = nil, bias: UnsafeRawPointer? = nil
  ) {
    self.isCentred = isCentred
    self.epsilon = epsilon
    self.gain = gain
    self.bias = bias
  }
}

/// Normalisation of rows.
///
/// A sum along a row uses sixteen lanes and a fixed tree; sums over rows run from the first to the last.
package protocol NormalizationKernels {
  /// y = gain (x - mean) / √(mean square of x - mean, + ε) + bias, x and y [rows, columns].
  ///
  /// - Parameter statistics: Mean and reciprocal root of each row, [rows, 2], written.
  static func normalizeRows(
    _ plan: RowNormalization, _ x: UnsafeRawPointer, to y: UnsafeMutableRawPointer,
    statistics: UnsafeMutableRawPointer, rows: Int, columns: Int)

  /// Writes or adds the gradient by x, and adds those by gain and bias, [columns].
  ///
  /// - Parameter dx: [rows, columns]; nil where it is not wanted.
  static func normalizeRowsGradient(
    _ plan: RowNormalization, _ x: UnsafeRawPointer, _ dy: UnsafeRawPointer,
    statistics: UnsafeRawPointer, to dx: UnsafeMutableRawPointer?, accumulating: Bool,
    gain: UnsafeMutableRawPointer?, bias: UnsafeMutableRawPointer?, rows: Int, columns: Int)
}
