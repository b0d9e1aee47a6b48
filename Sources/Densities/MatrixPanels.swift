import KernelTables
import Kernels

/// A matrix cut into panels of columns that lie one after the other.
///
/// Where a few rows at a time meet a matrix larger than the first cache, a tile of the product would touch
/// a page for each row of the matrix; of a panel it reads what is adjacent. Packing once serves all batches,
/// and no bit of the product depends on it.
struct MatrixPanels: Sendable {
  /// Columns of a panel: the widest tile of the kernels.
  private static let width = 64

  /// Rows of the matrix.
  let depth: Int
  /// Columns of the matrix.
  let columns: Int
  /// Panels of [depth, width]; the last may be narrower.
  private let numbers: [Float]

  /// The panels of a [depth, columns] matrix.
  init(_ matrix: [Float], depth: Int) {
    let columns = matrix.count / depth
    self.init(depth: depth, columns: columns) { matrix[$0 * columns + $1] }
  }

  /// The panels of the transpose of a [columns, depth] matrix.
  init(transposing matrix: [Float], depth: Int) {
    self.init(depth: depth, columns: matrix.count / depth) { matrix[$1 * depth + $0] }
  }

  private init(depth: Int, columns: Int, _ element: (_ row: Int, _ column: Int) -> Float) {
    (self.depth, self.columns) = (depth, columns)
    numbers = Self.starts(columns).flatMap { start in
      (0..<depth).flatMap { row in
        (start..<min(start + Self.width, columns)).map { element(row, $0) }
      }
    }
  }

  /// y = x matrix + start, for x [rows, depth] and y [rows, columns].
  func multiply(
    _ x: UnsafePointer<Float>, adding start: [Float], to y: UnsafeMutablePointer<Float>, rows: Int
  ) {
    start.withUnsafeBytes { start in
      guard let row = start.baseAddress else { return }
      forEachProduct(x, y, rows) { $0.adding(row: row + $1 * MemoryLayout<Float>.stride) }
    }
  }

  /// y = x matrix, or y += x matrix, for x [rows, depth] and y [rows, columns].
  func multiply(
    _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, rows: Int, accumulating: Bool
  ) {
    forEachProduct(x, y, rows) { product, _ in accumulating ? product.accumulating() : product }
  }

  /// Computes each panel's product, changed by `change`, which has its first column, too.
  private func forEachProduct(
    _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ rows: Int,
    _ change: (_ product: MatrixProduct, _ column: Int) -> MatrixProduct
  ) {
    numbers.withUnsafeBufferPointer { numbers in
      guard let panels = numbers.baseAddress else { return }
      for first in Self.starts(columns) {
        var product = MatrixProduct(
          a: x, b: panels + first * depth, c: y + first, rows: rows,
          columns: min(Self.width, columns - first), depth: depth)
        product.cRowStride = columns
        InstructionSet.active.kernels.product(change(product, first))
      }
    }
  }

  private static func starts(_ columns: Int) -> StrideTo<Int> {
    stride(from: 0, to: columns, by: width)
  }
}
