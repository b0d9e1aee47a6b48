import KernelTables
import Kernels
import TestSupport
import Testing

/// Rows, columns and depth of a product.
struct ProductShape: Sendable, CustomTestStringConvertible {
  let rows, columns, depth: Int
  var testDescription: String { "\(rows) x \(columns) x \(depth)" }

  /// Each awkward size at each place, and the sizes of samplers.
  static let all =
    awkwardSizes.flatMap { n in
      [
        ProductShape(rows: n, columns: 17, depth: 5), ProductShape(rows: 7, columns: n, depth: 3),
        ProductShape(rows: 5, columns: 6, depth: n),
      ]
    } + [
      ProductShape(rows: 31, columns: 65, depth: 64),
      ProductShape(rows: 64, columns: 64, depth: 33),
      ProductShape(rows: 13, columns: 99, depth: 2),
      ProductShape(rows: 250, columns: 70, depth: 520),
    ]
}

/// A way to call a product, on the buffers A, B, C and bias.
enum ProductVariant: String, CaseIterable, Sendable {
  case plain, transposed, accumulating, biased, strided, transposedAndAccumulating

  /// Elements beside those of a dense matrix in each row of B and C.
  var padding: Int { self == .strided ? 3 : 0 }

  func product(_ s: ProductShape, _ buffers: KernelBuffers) -> MatrixProduct {
    var product = MatrixProduct(
      a: buffers[0], b: buffers[1], c: buffers[2], rows: s.rows, columns: s.columns, depth: s.depth)
    product.bRowStride += padding
    product.cRowStride += padding
    return switch self {
    case .plain, .strided: product
    case .transposed: product.transposingA()
    case .accumulating: product.accumulating()
    case .biased: product.adding(row: buffers[3])
    case .transposedAndAccumulating: product.transposingA().accumulating()
    }
  }

  func buffers(_ s: ProductShape) -> [[Float]] {
    [
      spread(s.rows * s.depth, seed: 1), spread(s.depth * (s.columns + padding), seed: 2),
      spread(s.rows * (s.columns + padding), seed: 3), spread(s.columns, seed: 4),
    ]
  }

  /// C element by element: one fused multiply-add after the other.
  func expected(_ s: ProductShape, _ x: [[Float]]) -> [Float] {
    let isTransposed = self == .transposed || self == .transposedAndAccumulating
    let adds = self == .accumulating || self == .transposedAndAccumulating
    var c = x[2]
    for i in 0..<s.rows {
      for j in 0..<s.columns {
        let place = i * (s.columns + padding) + j
        var sum = adds ? c[place] : self == .biased ? x[3][j] : 0
        for k in 0..<s.depth {
          let a = x[0][isTransposed ? k * s.rows + i : i * s.depth + k]
          sum = sum.addingProduct(a, x[1][k * (s.columns + padding) + j])
        }
        c[place] = sum
      }
    }
    return c
  }
}

@Suite("A matrix product")
struct MatrixTests {
  @Test(
    "adds in the order of k with one rounding each, bit for bit", arguments: ProductShape.all,
    ProductVariant.allCases)
  func order(_ shape: ProductShape, _ variant: ProductVariant) {
    let x = variant.buffers(shape)
    let expected = variant.expected(shape, x).map(\.bitPattern)
    for set in InstructionSet.available {
      let result = outcome(of: set.kernels, x) { set.kernels.product(variant.product(shape, $0)) }
      let isSame = result.buffers[2].map { Float($0).bitPattern } == expected
      #expect(isSame && result.staysInside, "\(set)")
    }
  }

  @Test("agrees with its slow twin", arguments: ProductShape.all, ProductVariant.allCases)
  func twin(_ shape: ProductShape, _ variant: ProductVariant) {
    // Half an ulp for each of `depth` additions, at worst.
    let tolerance = Tolerance.scaled(max(1e-6, 0x1p-24 * Double(shape.depth)))
    expectTwins(variant.buffers(shape), within: tolerance) {
      $0.kernels.product(variant.product(shape, $0))
    }
  }
}
