/// Turns the upper triangle of A into U in place, panels of rows at a time.
///
/// A panel is eliminated over all its columns, by halves down to a few rows, and then taken from the
/// rows below: A₂₂ -= U₁₂ᵀ U₁₂. Each element subtracts its products in the order of k within a panel,
/// and panels do not depend on the processor, hence the same bits everywhere.
struct CholeskyElimination<Scalar: MatrixScalar> {
  private let matrix: UnsafeMutablePointer<Scalar>
  private let n: Int

  // A strip of a panel is 48 KiB of doubles and stays in the level-2 cache. The tile of the product
  // kernels has six rows, so the panels and their halves are multiples of six.
  private let panel = 96
  private let strip = 64
  private let fewest = 12

  init(_ matrix: UnsafeMutablePointer<Scalar>, count: Int) {
    (self.matrix, n) = (matrix, count)
  }

  /// Returns the first row whose pivot is not positive, or nil for success.
  func run() -> Int? {
    let negated = UnsafeMutablePointer<Scalar>.allocate(capacity: panel * strip)
    defer { negated.deallocate() }
    for first in stride(from: 0, to: n, by: panel) {
      let rows = first..<min(n, first + panel)
      if let failure = eliminate(rows, negated) { return failure }
      subtract(rows, from: rows.upperBound..<n, negated)
    }
    for row in 0..<n { (matrix + row * n).update(repeating: 0, count: row) }
    return nil
  }

  private func eliminate(_ rows: Range<Int>, _ negated: UnsafeMutablePointer<Scalar>) -> Int? {
    guard rows.count > fewest else { return eliminateOneByOne(rows) }
    let middle = rows.lowerBound + (rows.count / 2 + 5) / 6 * 6
    if let failure = eliminate(rows.lowerBound..<middle, negated) { return failure }
    subtract(rows.lowerBound..<middle, from: middle..<rows.upperBound, negated)
    return eliminate(middle..<rows.upperBound, negated)
  }

  private func eliminateOneByOne(_ rows: Range<Int>) -> Int? {
    for k in rows {
      let row = matrix + k * n
      guard row[k] > 0, row[k].isFinite else { return k }
      row[k].formSquareRoot()
      Scalar.divide(row + k + 1, by: row[k], count: n - k - 1)
      for i in k + 1..<rows.upperBound {
        Scalar.add(-row[i], times: row + i, to: matrix + i * n + i, count: n - i)
      }
    }
    return nil
  }

  /// Takes UᵀU of finished rows from the upper triangle of `targets` and all that is right of it.
  private func subtract(
    _ rows: Range<Int>, from targets: Range<Int>, _ negated: UnsafeMutablePointer<Scalar>
  ) {
    let finished = matrix + rows.lowerBound * n
    for first in stride(from: targets.lowerBound, to: n, by: strip) {
      let width = min(strip, n - first)
      for k in 0..<rows.count {
        Scalar.negate(finished + k * n + first, to: negated + k * width, count: width)
      }
      Scalar.addProduct(
        MatrixBlock(
          transposing: MatrixBlock(finished + targets.lowerBound, rowStride: n)),
        MatrixBlock(negated, rowStride: width),
        to: MatrixBlock(matrix + targets.lowerBound * n + first, rowStride: n),
        rows: min(targets.upperBound, first + width) - targets.lowerBound, columns: width,
        depth: rows.count)
    }
  }
}
