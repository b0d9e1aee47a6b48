/// The eigenvalues and eigenvectors of a small symmetric matrix.
///
///     A = V diag(λ) Vᵀ
///
/// Cyclic Jacobi rotations: each sets one element off the diagonal to 0, and after a few sweeps all are
/// negligible. For a few dozen rows at most, O(n³) a sweep; eigenvalues to n ε |A|.
/// Reference: Golub and Van Loan (2013), *Matrix Computations*, section 8.5
public struct SymmetricEigen: Sendable {
  /// λ, upwards, [n].
  public let values: [Double]
  /// V, [n, n]: column k is the unit eigenvector of value k.
  public let vectors: [Double]

  /// Solves for a matrix.
  /// - Parameter matrix: A, [n, n], symmetric and finite.
  public init(_ matrix: [Double], count n: Int) {
    precondition(matrix.count == n * n, "eigenvalues: the matrix must be [n, n]")
    var a = matrix
    var v = (0..<n * n).map { $0 / max(1, n) == $0 % max(1, n) ? 1.0 : 0 }
    for _ in 0..<30 where !isDiagonal(a, n) {
      for p in 0..<n {
        for q in p + 1..<max(p + 1, n) { rotate(&a, &v, p, q, n) }
      }
    }
    let order = (0..<n).sorted { a[$0 * n + $0] < a[$1 * n + $1] }
    values = order.map { a[$0 * n + $0] }
    vectors = (0..<n * n).map { v[$0 / n * n + order[$0 % n]] }
  }
}

/// Whether what is off the diagonal is below rounding.
private func isDiagonal(_ a: [Double], _ n: Int) -> Bool {
  var (off, on) = (0.0, 0.0)
  for i in 0..<n {
    for j in 0..<n {
      if i == j { on += a[i * n + j] * a[i * n + j] } else { off += a[i * n + j] * a[i * n + j] }
    }
  }
  return !(off > 1e-34 * on)
}

/// Turns axes p and q so that a[p, q] becomes 0.
private func rotate(_ a: inout [Double], _ v: inout [Double], _ p: Int, _ q: Int, _ n: Int) {
  guard a[p * n + q] != 0 else { return }
  let (c, s) = jacobiRotation(a[p * n + p], a[q * n + q], a[p * n + q])
  for k in 0..<n {
    (a[k * n + p], a[k * n + q]) = turned(a[k * n + p], a[k * n + q], c, s)
    (v[k * n + p], v[k * n + q]) = turned(v[k * n + p], v[k * n + q], c, s)
  }
  for k in 0..<n {
    (a[p * n + k], a[q * n + k]) = turned(a[p * n + k], a[q * n + k], c, s)
  }
}

/// Cosine and sine of the smaller angle that makes [[a, c], [c, b]] diagonal.
func jacobiRotation(_ a: Double, _ b: Double, _ c: Double) -> (cosine: Double, sine: Double) {
  let ratio = (b - a) / (2 * c)
  let tangent =
    ratio.isFinite
    ? (ratio < 0 ? -1 : 1) / (ratio.magnitude + (1 + ratio * ratio).squareRoot()) : 0
  let cosine = 1 / (1 + tangent * tangent).squareRoot()
  return (cosine, tangent * cosine)
}

/// (c x - s y, s x + c y).
func turned(_ x: Double, _ y: Double, _ c: Double, _ s: Double) -> (Double, Double) {
  (c * x - s * y, s * x + c * y)
}
