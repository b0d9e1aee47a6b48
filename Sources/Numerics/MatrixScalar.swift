import KernelTables
import Kernels

/// Part of a matrix in someone else's memory.
public struct MatrixBlock<Scalar> {
  /// Its first element.
  public let start: UnsafeMutablePointer<Scalar>
  /// Elements from one row to the next.
  public let rowStride: Int
  /// Elements from one column to the next.
  public let columnStride: Int

  /// A block of a matrix with this many elements a row.
  public init(_ start: UnsafeMutablePointer<Scalar>, rowStride: Int) {
    (self.start, self.rowStride, columnStride) = (start, rowStride, 1)
  }

  /// A block read along columns.
  public init(transposing block: MatrixBlock) {
    (start, rowStride, columnStride) = (block.start, block.columnStride, block.rowStride)
  }
}

/// A floating-point type with the loops that factorisations and integrators are made of.
///
/// The products are kernels of the active instruction set; the loops over one row round every
/// operation by itself. Both give the same bits everywhere.
public protocol MatrixScalar: BinaryFloatingPoint, Sendable {
  /// C += A B, where the columns of B and C are adjacent.
  /// - Parameters: a: [rows, depth]. b: [depth, columns]. c: [rows, columns].
  static func addProduct(
    _ a: MatrixBlock<Self>, _ b: MatrixBlock<Self>, to c: MatrixBlock<Self>, rows: Int,
    columns: Int, depth: Int)

  /// y += s x.
  static func add(
    _ s: Self, times x: UnsafePointer<Self>, to y: UnsafeMutablePointer<Self>, count: Int)

  /// x /= s.
  static func divide(_ x: UnsafeMutablePointer<Self>, by s: Self, count: Int)

  /// y = -x.
  static func negate(
    _ x: UnsafePointer<Self>, to y: UnsafeMutablePointer<Self>, count: Int)

  /// Σ (x_i / (absolute + relative max(|y_i|, |z_i|)))².
  static func sumOfScaledSquares(
    _ x: UnsafePointer<Self>, _ y: UnsafePointer<Self>, _ z: UnsafePointer<Self>, count: Int,
    absolute: Double, relative: Double
  ) -> Double
}

extension Float: MatrixScalar {
  /// C += A B.
  public static func addProduct(
    _ a: MatrixBlock<Float>, _ b: MatrixBlock<Float>, to c: MatrixBlock<Float>, rows: Int,
    columns: Int, depth: Int
  ) {
    InstructionSet.active.kernels.product(product(a, b, c, rows, columns, depth))
  }

  /// y += s x.
  public static func add(
    _ s: Float, times x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int
  ) { Row.add(s, x, y, count) }

  /// x /= s.
  public static func divide(_ x: UnsafeMutablePointer<Float>, by s: Float, count: Int) {
    Row.divide(x, s, count)
  }

  /// y = -x.
  public static func negate(
    _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int
  ) { Row.negate(x, y, count) }

  /// Σ (x_i / (absolute + relative max(|y_i|, |z_i|)))².
  public static func sumOfScaledSquares(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ z: UnsafePointer<Float>, count: Int,
    absolute: Double, relative: Double
  ) -> Double { Row.sumOfScaledSquares(x, y, z, count, absolute, relative) }
}

extension Double: MatrixScalar {
  /// C += A B.
  public static func addProduct(
    _ a: MatrixBlock<Double>, _ b: MatrixBlock<Double>, to c: MatrixBlock<Double>, rows: Int,
    columns: Int, depth: Int
  ) {
    InstructionSet.active.kernels.doubleProduct(product(a, b, c, rows, columns, depth))
  }

  /// y += s x.
  public static func add(
    _ s: Double, times x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>, count: Int
  ) { Row.add(s, x, y, count) }

  /// x /= s.
  public static func divide(_ x: UnsafeMutablePointer<Double>, by s: Double, count: Int) {
    Row.divide(x, s, count)
  }

  /// y = -x.
  public static func negate(
    _ x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>, count: Int
  ) { Row.negate(x, y, count) }

  /// Σ (x_i / (absolute + relative max(|y_i|, |z_i|)))².
  public static func sumOfScaledSquares(
    _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, _ z: UnsafePointer<Double>, count: Int,
    absolute: Double, relative: Double
  ) -> Double { Row.sumOfScaledSquares(x, y, z, count, absolute, relative) }
}

/// C = C + A B as the kernels take it.
private func product<Scalar>(
  _ a: MatrixBlock<Scalar>, _ b: MatrixBlock<Scalar>, _ c: MatrixBlock<Scalar>, _ rows: Int,
  _ columns: Int, _ depth: Int
) -> MatrixProduct {
  precondition(b.columnStride == 1 && c.columnStride == 1, "product: columns must be adjacent")
  var product = MatrixProduct(
    a: a.start, b: b.start, c: c.start, rows: rows, columns: columns, depth: depth)
  (product.aRowStride, product.aColumnStride) = (a.rowStride, a.columnStride)
  (product.bRowStride, product.cRowStride) = (b.rowStride, c.rowStride)
  return product.accumulating()
}

/// The loops over one row, inlined into each type's own functions so that they become vector code.
private enum Row {
  @inline(__always) static func add<Scalar: BinaryFloatingPoint>(
    _ s: Scalar, _ x: UnsafePointer<Scalar>, _ y: UnsafeMutablePointer<Scalar>, _ count: Int
  ) {
    for i in 0..<count { y[i] += s * x[i] }
  }

  @inline(__always) static func divide<Scalar: BinaryFloatingPoint>(
    _ x: UnsafeMutablePointer<Scalar>, _ s: Scalar, _ count: Int
  ) {
    for i in 0..<count { x[i] /= s }
  }

  @inline(__always) static func negate<Scalar: BinaryFloatingPoint>(
    _ x: UnsafePointer<Scalar>, _ y: UnsafeMutablePointer<Scalar>, _ count: Int
  ) {
    for i in 0..<count { y[i] = -x[i] }
  }

  @inline(__always) static func sumOfScaledSquares<Scalar: BinaryFloatingPoint>(
    _ x: UnsafePointer<Scalar>, _ y: UnsafePointer<Scalar>, _ z: UnsafePointer<Scalar>,
    _ count: Int, _ absolute: Double, _ relative: Double
  ) -> Double {
    var sum = 0.0
    for i in 0..<count {
      let magnitude = Double(max(y[i].magnitude, z[i].magnitude))
      let ratio = Double(x[i]) / (absolute + relative * magnitude)
      sum += ratio * ratio
    }
    return sum
  }
}
