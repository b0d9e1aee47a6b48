import Kernels

/// The inverse of a general matrix with the logarithm of its determinant's size.
///
/// Gauss and Jordan's elimination with the greatest pivot of each column, 2 n³ operations in 64 bits: for
/// matrices that are inverted once. For covariances use `Cholesky`.
/// - Parameter matrix: A, [n, n].
/// - Returns: A⁻¹, [n, n], and log |det A|; nil for a matrix that is singular to working precision.
public func matrixInverse(
  _ matrix: [Double], count n: Int
) -> (inverse: [Double], logDeterminant: Double)? {
  precondition(matrix.count == n * n, "matrixInverse: the matrix must be [n, n]")
  var (a, inverse, logDeterminant) = (matrix, [Double](repeating: 0, count: n * n), 0.0)
  for k in 0..<n { inverse[k * n + k] = 1 }
  let largest = matrix.reduce(0) { max($0, $1.magnitude) }
  for k in 0..<n {
    let pivotRow = (k..<n).max { a[$0 * n + k].magnitude < a[$1 * n + k].magnitude } ?? k
    let pivot = a[pivotRow * n + k]
    guard pivot.isFinite, pivot.magnitude > Double(n) * .ulpOfOne * largest else { return nil }
    logDeterminant += scalarLog(pivot.magnitude)
    for j in 0..<n {
      a.swapAt(k * n + j, pivotRow * n + j)
      inverse.swapAt(k * n + j, pivotRow * n + j)
      a[k * n + j] /= pivot
      inverse[k * n + j] /= pivot
    }
    for i in 0..<n where i != k {
      let factor = a[i * n + k]
      for j in 0..<n {
        a[i * n + j] -= factor * a[k * n + j]
        inverse[i * n + j] -= factor * inverse[k * n + j]
      }
    }
  }
  return (inverse, logDeterminant)
}
