import KernelTables
import Kernels
import Numerics
import Storage

/// The coordinates y = shift + A x.
public struct AffineMap: Bijection {
  /// D.
  public let dimension: Int
  /// A, [D, D], or its diagonal, [D].
  private let matrix: [Float]
  /// A⁻¹, likewise.
  private let inverse: [Float]
  private let shift: [Float]
  /// -A⁻¹ shift.
  private let pulledShift: [Float]
  private let logDeterminant: Double

  /// y = shift + A x of a matrix with a known inverse and log |det A|, all [D, D] in rows.
  init(shift: [Double], matrix: [Double], inverse: [Double], logDeterminant: Double) {
    let d = shift.count
    dimension = d
    (self.matrix, self.inverse) = (matrix.map { Float($0) }, inverse.map { Float($0) })
    self.shift = shift.map { Float($0) }
    pulledShift = (0..<d).map { i in
      -Float((0..<d).reduce(0) { $0 + inverse[i * d + $1] * shift[$1] })
    }
    self.logDeterminant = logDeterminant
  }

  /// y = shift + A x of any invertible matrix, [D, D] in rows.
  /// - Throws: `ConfigError` on `matrix` where it is singular.
  public init(shift: [Double], matrix: [Double]) throws(ConfigError) {
    guard let result = matrixInverse(matrix, count: shift.count),
      result.inverse.allSatisfy({ $0.magnitude < 1e30 })
    else {
      throw .invalid(path: "matrix", reason: "it must have an inverse")
    }
    self.init(
      shift: shift, matrix: matrix, inverse: result.inverse,
      logDeterminant: result.logDeterminant)
  }

  /// y = shift + scale x, coordinate by coordinate.
  /// - Throws: `ConfigError` on `scale` for a number out of range.
  public init(shift: [Double], scale: [Double]) throws(ConfigError) {
    precondition(shift.count == scale.count, "AffineMap: shift and scale must be [D]")
    try ConfigError.require(
      scale.allSatisfy { $0.magnitude >= 1e-30 && $0.magnitude <= 1e30 }, "scale",
      "every number must be from 1e-30 to 1e30 in size")
    dimension = shift.count
    (matrix, inverse) = (scale.map { Float($0) }, scale.map { Float(1 / $0) })
    self.shift = shift.map { Float($0) }
    pulledShift = zip(shift, scale).map { Float(-$0 / $1) }
    logDeterminant = scale.reduce(0) { $0 + scalarLog($1.magnitude) }
  }

  /// Whitens a mean and a covariance Σ = L Lᵀ, [D, D]: y = L⁻¹ (x - mean).
  /// - Throws: `ConfigError` on `covariance` where it is not positive definite.
  public init(whitening mean: [Double], _ covariance: [Double]) throws(ConfigError) {
    let factor: Cholesky<Double>
    do {
      factor = try Cholesky(covariance, count: mean.count)
    } catch {
      throw .invalid(path: "covariance", reason: "it must be positive definite")
    }
    let d = mean.count
    var identity = [Double](repeating: 0, count: d * d)
    for k in 0..<d { identity[k * d + k] = 1 }
    self.init(
      shift: factor.solveLower(mean).map { -$0 }, matrix: factor.solveLower(identity, columns: d),
      inverse: factor.lower, logDeterminant: -0.5 * factor.logDeterminant)
  }

  /// Writes A⁻¹ (y - shift).
  public func pull(
    _ y: Points, to x: UnsafeMutablePointer<Float>, logJacobian: UnsafeMutablePointer<Float>
  ) {
    apply(inverse, pulledShift, to: y, into: x)
    logJacobian.update(repeating: Float(-logDeterminant), count: y.count)
  }

  /// Writes A⁻ᵀ s.
  public func pullScore(
    _ score: UnsafePointer<Float>, at y: Points, to out: UnsafeMutablePointer<Float>
  ) {
    let scores = Points(score, count: y.count, dimension: dimension)
    apply(inverse, nil, to: scores, into: out, isTransposed: true)
  }

  /// Writes shift + A x.
  public func push(_ x: Points, to y: UnsafeMutablePointer<Float>) {
    apply(matrix, shift, to: x, into: y)
  }

  /// Writes start + M x of each row x, or Mᵀ x.
  private func apply(
    _ matrix: [Float], _ start: [Float]?, to x: Points, into out: UnsafeMutablePointer<Float>,
    isTransposed: Bool = false
  ) {
    let d = dimension
    guard matrix.count > d else {
      for i in 0..<x.count * d {
        out[i] = (start?[i % d] ?? 0).addingProduct(matrix[i % d], x.data[i])
      }
      return
    }
    matrix.withUnsafeBytes { matrix in
      guard let matrix = matrix.baseAddress else { return }
      var product = MatrixProduct(
        a: x.data, b: matrix, c: out, rows: x.count, columns: d, depth: d)
      if !isTransposed { product = product.transposingB() }
      guard let start else { return InstructionSet.active.kernels.product(product) }
      start.withUnsafeBytes { start in
        guard let start = start.baseAddress else { return }
        InstructionSet.active.kernels.product(product.adding(row: start))
      }
    }
  }
}
