/// Which columns of a matrix of scores count.
///
/// Rows come in groups of `rows`: one matrix of scores [rows, columns] after another. Row i of a group
/// stands at place i + columns - rows, so that the last row stands at the last column.
package struct ColumnMask: BitwiseCopyable {
  /// Rows of one matrix.
  package var rows: Int
  /// Whether a row sees no column behind its own place.
  package var isCausal = false
  /// Whether a row does not see its own place.
  package var skipsOwnPlace = false
  /// 0 where a column does not count, dense [keptRows, columns]; nil where all do.
  package var kept: UnsafeRawPointer?
  /// Rows after which `kept` begins anew.
  package var keptRows = 1

  /// All columns count.
  package init(rows: Int) { self.rows = max(1, rows) }

  /// How many columns of the first ones a row sees.
  package func limit(row: Int, columns: Int) -> Int {
    isCausal ? max(0, place(row, columns) + 1) : columns
  }

  /// The column that a row skips, -1 for none.
  package func skipped(row: Int, columns: Int) -> Int {
    skipsOwnPlace ? max(-1, place(row, columns)) : -1
  }

  private func place(_ row: Int, _ columns: Int) -> Int { row % rows + columns - rows }
}

/// Probabilities from scores, row by row.
///
/// A sum uses sixteen lanes and a fixed tree.
package protocol SoftmaxKernels {
  /// y[r, j] = exp(scale x[r, j]) / Σ of the columns that count; 0 elsewhere, and everywhere in a row of
  /// which no column counts. y may be x.
  static func softmax(
    _ x: UnsafeRawPointer, scale: Double, _ mask: ColumnMask, to y: UnsafeMutableRawPointer,
    rows: Int, columns: Int)

  /// dx = scale y (dy - Σ y dy), from the probabilities y; dx may be dy.
  static func softmaxGradient(
    _ y: UnsafeRawPointer, _ dy: UnsafeRawPointer, scale: Double, to dx: UnsafeMutableRawPointer,
    rows: Int, columns: Int)

  /// y[r, j] = x[r, j] - log Σ exp(x) of the columns that count; 0 elsewhere. y may be x.
  static func logSoftmax(
    _ x: UnsafeRawPointer, _ mask: ColumnMask, to y: UnsafeMutableRawPointer, rows: Int,
    columns: Int)

  /// dx = dy - exp(y) Σ dy over the columns that count, 0 elsewhere, from y itself; dx may be dy.
  static func logSoftmaxGradient(
    _ y: UnsafeRawPointer, _ dy: UnsafeRawPointer, _ mask: ColumnMask,
    to dx: UnsafeMutableRawPointer, rows: Int, columns: Int)
}
