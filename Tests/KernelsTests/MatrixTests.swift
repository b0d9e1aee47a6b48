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
      ProductShape(rows: 48, columns: 1100, depth: 40),
      ProductShape(rows: 300, columns: 2, depth: 70),
      ProductShape(rows: 270, columns: 4, depth: 300),
      ProductShape(rows: 64, columns: 8, depth: 300), ProductShape(rows: 50, columns: 20, depth: 9),
    ]
}

/// A way to call a product, on the buffers A, B, C, bias and factor.
enum ProductVariant: String, CaseIterable, Sendable {
  case plain, transposed, accumulating, biased, strided, transposedAndAccumulating
  case transposedB, bothTransposed, transposedBAndBiased, multiplied, stridedAndMultiplied

  private var transposesA: Bool {
    [.transposed, .transposedAndAccumulating, .bothTransposed].contains(self)
  }
  private var transposesB: Bool {
    [.transposedB, .bothTransposed, .transposedBAndBiased].contains(self)
  }
  private var accumulates: Bool { [.accumulating, .transposedAndAccumulating].contains(self) }
  private var multiplies: Bool { [.multiplied, .stridedAndMultiplied].contains(self) }
  private var addsRow: Bool { [.biased, .transposedBAndBiased].contains(self) }

  /// Elements beside those of a dense matrix in each row of B and C.
  var padding: Int { [.strided, .stridedAndMultiplied].contains(self) ? 3 : 0 }

  func product(_ s: ProductShape, _ buffers: [UnsafeMutableRawPointer]) -> MatrixProduct {
    var product = MatrixProduct(
      a: buffers[0], b: buffers[1], c: buffers[2], rows: s.rows, columns: s.columns, depth: s.depth)
    product.bRowStride += padding
    product.cRowStride += padding
    if transposesA { product = product.transposingA() }
    if transposesB { product = product.transposingB() }
    if accumulates { product = product.accumulating() }
    if multiplies { product = product.multiplied(by: buffers[4]) }
    return addsRow ? product.adding(row: buffers[3]) : product
  }

  func buffers<Scalar: BinaryFloatingPoint>(_ s: ProductShape, of: Scalar.Type) -> [[Scalar]] {
    let counts = [
      s.rows * s.depth, s.depth * (s.columns + padding), s.rows * (s.columns + padding), s.columns,
      s.rows * (s.columns + padding),
    ]
    return counts.enumerated().map { index, count in
      spread(count, seed: UInt64(index + 1)).map { Scalar($0) + Scalar($0 * $0) * 0x1p-30 }
    }
  }

  /// C element by element: one fused multiply-add after the other.
  func expected<Scalar: BinaryFloatingPoint>(_ s: ProductShape, _ x: [[Scalar]]) -> [Scalar] {
    let (a, b) = (x[0], x[1])
    var c = x[2]
    for i in 0..<s.rows {
      for j in 0..<s.columns {
        let place = i * (s.columns + padding) + j
        var sum = accumulates ? c[place] : addsRow ? x[3][j] : 0
        for k in 0..<s.depth {
          sum = sum.addingProduct(
            a[transposesA ? k * s.rows + i : i * s.depth + k],
            b[transposesB ? j * s.depth + k : k * (s.columns + padding) + j])
        }
        c[place] = multiplies ? sum * x[4][place] : sum
      }
    }
    return c
  }
}

/// Large enough for several pieces along rows, along columns, and not at all.
private let sharedShapes = [
  ProductShape(rows: 1000, columns: 70, depth: 80),
  ProductShape(rows: 20, columns: 1500, depth: 150),
  ProductShape(rows: 30, columns: 64, depth: 64), ProductShape(rows: 0, columns: 5, depth: 5),
]

@Suite("A matrix product")
struct MatrixTests {
  @Test(
    "adds in the order of k with one rounding each, bit for bit", arguments: ProductShape.all,
    ProductVariant.allCases)
  func order(_ shape: ProductShape, _ variant: ProductVariant) {
    let x = variant.buffers(shape, of: Float.self)
    let expected = variant.expected(shape, x).map(\.bitPattern)
    for set in InstructionSet.available {
      let result = outcome(of: set.kernels, x) {
        set.kernels.product(variant.product(shape, $0.own))
      }
      let isSame = result.buffers[2].map { Float($0).bitPattern } == expected
      #expect(isSame && result.staysInside, "\(set)")
    }
  }

  @Test(
    "of doubles does so, too, on the slow twin as well", arguments: ProductShape.all,
    ProductVariant.allCases)
  func doubles(_ shape: ProductShape, _ variant: ProductVariant) {
    let x = variant.buffers(shape, of: Double.self)
    let expected = variant.expected(shape, x).map(\.bitPattern)
    let sets = InstructionSet.available.map(\.kernels) + [ReferenceKernels.self]
    for kernels in sets {
      let result = outcome(of: kernels, [], doubles: x) {
        kernels.doubleProduct(
          variant.product(shape, $0.doubles.map { UnsafeMutableRawPointer($0) }))
      }
      let isSame = result.buffers[2].map(\.bitPattern) == expected
      #expect(isSame && result.staysInside, "\(kernels)")
    }
  }

  @Test("agrees with its slow twin", arguments: ProductShape.all, ProductVariant.allCases)
  func twin(_ shape: ProductShape, _ variant: ProductVariant) {
    // Half an ulp for each of `depth` additions, at worst.
    let tolerance = Tolerance.scaled(max(1e-6, 0x1p-24 * Double(shape.depth)))
    expectTwins(variant.buffers(shape, of: Float.self), within: tolerance) {
      $0.kernels.product(variant.product(shape, $0.own))
    }
  }

  @Test("transposes as its slow twin does", arguments: awkwardSizes, [1, 16, 33])
  func transpose(_ rows: Int, _ columns: Int) {
    let buffers = [spread(rows * columns), spread(rows * columns, seed: 1)]
    expectTwins(buffers, within: .absolute(0)) {
      $0.kernels.transpose($0[0], to: $0[1], rows: rows, columns: columns)
    }
  }

  @Test(
    "has the same bits for any number of threads", arguments: sharedShapes, ProductVariant.allCases)
  func threads(_ shape: ProductShape, _ variant: ProductVariant) {
    let x = variant.buffers(shape, of: Float.self)
    let doubles = variant.buffers(shape, of: Double.self)
    let expected = (variant.expected(shape, x), variant.expected(shape, doubles))
    for threads in [1, 2, 3] {
      let pool = ThreadPool(threads: threads)
      let kernels = InstructionSet.active.kernels
      let result = outcome(of: kernels, x, doubles: doubles) {
        pool.product(variant.product(shape, $0.own))
        pool.doubleProduct(variant.product(shape, $0.doubles.map { UnsafeMutableRawPointer($0) }))
      }
      let isSame = result.buffers[2] == expected.0.map { Double($0) }
      #expect(isSame && result.buffers[7] == expected.1 && result.staysInside, "\(threads)")
    }
  }
}
