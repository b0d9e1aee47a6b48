/// Substitution with U or Uᵀ in place, on a few columns of right-hand sides.
///
/// A panel of unknowns is found row by row and then taken from all other rows by one matrix product.
struct TriangularSubstitution<Scalar: MatrixScalar> {
  /// The most columns at a time.
  static var strip: Int { 64 }

  private let upper: MatrixBlock<Scalar>
  private let n: Int
  private let x: MatrixBlock<Scalar>
  private let columns: Int
  private let panel = 48

  /// - Parameters: upper: U, [n, n]. x: right-hand sides and then unknowns, [n, columns].
  init(
    _ upper: MatrixBlock<Scalar>, count: Int, _ x: MatrixBlock<Scalar>, columns: Int
  ) {
    (self.upper, n, self.x) = (upper, count, x)
    self.columns = min(columns, Self.strip)
  }

  /// Solves Uᵀ x = b.
  func forwards() {
    withScratch { negated in
      for first in stride(from: 0, to: n, by: panel) {
        let rows = first..<min(n, first + panel)
        for k in rows { solveRow(k, thenFrom: k + 1..<rows.upperBound) { u(k, $0) } }
        let rest = block(rows.lowerBound, rows.upperBound)
        subtract(rows, times: MatrixBlock(transposing: rest), from: rows.upperBound..<n, negated)
      }
    }
  }

  /// Solves U x = b.
  func backwards() {
    withScratch { negated in
      for last in stride(from: n, to: 0, by: -panel) {
        let rows = max(0, last - panel)..<last
        for k in rows.reversed() { solveRow(k, thenFrom: rows.lowerBound..<k) { u($0, k) } }
        subtract(rows, times: block(0, rows.lowerBound), from: 0..<rows.lowerBound, negated)
      }
    }
  }

  private func u(_ row: Int, _ column: Int) -> Scalar {
    upper.start[row * upper.rowStride + column]
  }

  private func block(_ row: Int, _ column: Int) -> MatrixBlock<Scalar> {
    MatrixBlock(upper.start + row * upper.rowStride + column, rowStride: upper.rowStride)
  }

  private func row(_ k: Int) -> UnsafeMutablePointer<Scalar> { x.start + k * x.rowStride }

  /// Finds unknown k and takes it from the others of its panel.
  private func solveRow(_ k: Int, thenFrom others: Range<Int>, _ factor: (Int) -> Scalar) {
    Scalar.divide(row(k), by: u(k, k), count: columns)
    for i in others { Scalar.add(-factor(i), times: row(k), to: row(i), count: columns) }
  }

  /// Takes the unknowns of a panel, each times its column of `factors`, from other rows.
  private func subtract(
    _ rows: Range<Int>, times factors: MatrixBlock<Scalar>, from targets: Range<Int>,
    _ negated: UnsafeMutablePointer<Scalar>
  ) {
    guard !targets.isEmpty else { return }
    for (index, k) in rows.enumerated() {
      Scalar.negate(row(k), to: negated + index * columns, count: columns)
    }
    Scalar.addProduct(
      factors, MatrixBlock(negated, rowStride: columns),
      to: MatrixBlock(row(targets.lowerBound), rowStride: x.rowStride), rows: targets.count,
      columns: columns, depth: rows.count)
  }

  private func withScratch(_ body: (UnsafeMutablePointer<Scalar>) -> Void) {
    let negated = UnsafeMutablePointer<Scalar>.allocate(capacity: panel * columns)
    defer { negated.deallocate() }
    body(negated)
  }
}
