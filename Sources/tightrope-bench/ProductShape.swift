import KernelTables

/// The sizes and form of a matrix product to measure.
struct ProductShape {
  let rows, depth, columns: Int
  /// Whether A, B are stored as their transposes.
  var transposesA = false, transposesB = false

  var name: String {
    let forms = (transposesA ? "-at" : "") + (transposesB ? "-bt" : "")
    return "product-\(rows)x\(depth)x\(columns)\(forms)"
  }

  var operations: Double { 2 * Double(rows * depth * columns) }

  /// Blocks of samplers, whole batches, weight gradients, first and last layers, attention, large.
  static let all = [
    ProductShape(rows: 30, depth: 64, columns: 64),
    ProductShape(rows: 300, depth: 64, columns: 64),
    ProductShape(rows: 30_000, depth: 64, columns: 64),
    ProductShape(rows: 64, depth: 3000, columns: 64, transposesA: true),
    ProductShape(rows: 30_000, depth: 2, columns: 64),
    ProductShape(rows: 2, depth: 3000, columns: 64, transposesA: true),
    ProductShape(rows: 3000, depth: 64, columns: 2),
    ProductShape(rows: 3000, depth: 64, columns: 4),
    ProductShape(rows: 64, depth: 3000, columns: 4, transposesA: true),
    ProductShape(rows: 3000, depth: 64, columns: 20),
    ProductShape(rows: 128, depth: 32, columns: 128, transposesB: true),
    ProductShape(rows: 512, depth: 256, columns: 256),
    ProductShape(rows: 51_200, depth: 256, columns: 256),
    ProductShape(rows: 4096, depth: 4096, columns: 4096),
  ]

  /// The product on buffers that hold as many numbers as it takes.
  func product(
    _ a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>,
    _ c: UnsafeMutablePointer<Float>
  ) -> MatrixProduct {
    var product = MatrixProduct(a: a, b: b, c: c, rows: rows, columns: columns, depth: depth)
    if transposesA { product = product.transposingA() }
    return transposesB ? product.transposingB() : product
  }
}
