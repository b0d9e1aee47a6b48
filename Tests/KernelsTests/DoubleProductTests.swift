import KernelTables
import Kernels
import TestSupport
import Testing

@Suite("The matrix product of doubles")
struct DoubleProductTests {
  @Test("has the bits of its slow twin for every shape", arguments: awkwardSizes)
  func twins(_ n: Int) {
    for (rows, columns, depth) in [(n, 5, 3), (5, n, 3), (7, 9, n), (13, n, 17)] {
      let operands = [rows * depth, depth * columns, rows * columns, columns].enumerated().map {
        spread($1, seed: UInt64($0)).map { Double($0) + 1e-9 * Double($0) * Double($0) }
      }
      expectTwins([], doubles: operands, within: .absolute(0), "\(rows) \(columns) \(depth)") {
        let (a, b, c) = ($0.doubles[0], $0.doubles[1], $0.doubles[2])
        let product = MatrixProduct(
          a: a, b: b, c: c, rows: rows, columns: columns, depth: depth)
        $0.kernels.doubleProduct(product.accumulating())
        $0.kernels.doubleProduct(product.transposingA().accumulating())
        $0.kernels.doubleProduct(product.adding(row: $0.doubles[3]))
      }
    }
  }
}
