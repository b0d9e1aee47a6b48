import Kernels

/// The Cholesky factorisation of a symmetric positive definite matrix.
///
///     A = L Lᵀ = Uᵀ U
///
/// For covariances: solving, log det A, and turning white noise z into L z with covariance A. Kept as
/// U in rows, since elimination and both substitutions then read along rows. n³ / 3 operations, nearly
/// all in the matrix product kernels; the error is that of Cholesky's method, |A - Uᵀ U| <= c n ε |A|.
/// Reference: Higham (2002), *Accuracy and Stability of Numerical Algorithms*, chapter 10
public struct Cholesky<Scalar: MatrixScalar>: Sendable {
  /// n.
  public let count: Int
  /// U, [n, n], zero below the diagonal.
  public internal(set) var upper: [Scalar]

  /// Factorises a matrix.
  /// - Parameter matrix: A, [n, n]; only the diagonal and what is above it are read.
  /// - Throws: `NumericalError.notPositiveDefinite` with the first pivot that is not positive.
  public init(_ matrix: [Scalar], count n: Int) throws(NumericalError) {
    precondition(matrix.count == n * n, "Cholesky: the matrix must be [n, n]")
    (count, upper) = (n, matrix)
    let failure = upper.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.flatMap { CholeskyElimination($0, count: n).run() }
    }
    if let failure {
      throw .notPositiveDefinite(pivot: failure, value: Double(upper[failure * n + failure]))
    }
  }

  /// log det A = 2 Σ log u_kk.
  public var logDeterminant: Double {
    2 * (0..<count).reduce(0) { $0 + scalarLog(Double(upper[$1 * count + $1])) }
  }

  /// L, [n, n], zero above the diagonal.
  public var lower: [Scalar] {
    (0..<count * count).map { upper[$0 % count * count + $0 / count] }
  }
}
