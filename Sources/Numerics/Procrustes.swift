/// The orthogonal matrix nearest to a small one: of all R in O(n), that with the largest tr(Rᵀ M).
///
///     M = U diag(σ) Vᵀ,   R = U Vᵀ,   tr(Rᵀ M) = Σ σ
///
/// Reflections are allowed. Singular vectors by one-sided Jacobi rotations, accurate for small singular
/// values; where M has not full rank, R is one of several.
/// Reference: Kabsch (1976), *A solution for the best rotation to relate two sets of vectors*, Acta
/// Crystallographica A 32; Golub and Van Loan (2013), *Matrix Computations*, sections 6.4.1 and 8.6.3
public struct Procrustes: Sendable {
  /// R, [n, n].
  public let rotation: [Double]
  /// σ, in the order found, [n].
  public let singularValues: [Double]

  /// Σ σ = tr(Rᵀ M).
  public var gain: Double { singularValues.reduce(0, +) }

  /// Solves for a matrix.
  /// - Parameter matrix: M, [n, n], finite.
  public init(_ matrix: [Double], count n: Int) {
    precondition(matrix.count == n * n, "Procrustes: the matrix must be [n, n]")
    // Columns of M V and of V, kept as rows.
    var columns = (0..<n * n).map { matrix[$0 % n * n + $0 / n] }
    var axes = (0..<n * n).map { $0 / n == $0 % n ? 1.0 : 0 }
    for _ in 0..<30 {
      var isOrthogonal = true
      for p in 0..<n {
        for q in p + 1..<max(p + 1, n) where turn(&columns, &axes, p, q, n) {
          isOrthogonal = false
        }
      }
      if isOrthogonal { break }
    }
    singularValues = (0..<n).map { norm(columns, $0, n) }
    completeBasis(&columns, singularValues, n)
    rotation = (0..<n * n).map { index in
      (0..<n).reduce(0) { $0 + columns[$1 * n + index / n] * axes[$1 * n + index % n] }
    }
  }
}

/// Makes two columns orthogonal; false if they are.
private func turn(
  _ columns: inout [Double], _ axes: inout [Double], _ p: Int, _ q: Int, _ n: Int
) -> Bool {
  let (a, b) = (product(columns, p, p, n), product(columns, q, q, n))
  let c = product(columns, p, q, n)
  guard c * c > 1e-31 * a * b else { return false }
  let (cosine, sine) = jacobiRotation(a, b, c)
  for k in 0..<n {
    let (i, j) = (p * n + k, q * n + k)
    (columns[i], columns[j]) = turned(columns[i], columns[j], cosine, sine)
    (axes[i], axes[j]) = turned(axes[i], axes[j], cosine, sine)
  }
  return true
}

private func product(_ x: [Double], _ p: Int, _ q: Int, _ n: Int) -> Double {
  (0..<n).reduce(0) { $0 + x[p * n + $1] * x[q * n + $1] }
}

private func norm(_ x: [Double], _ p: Int, _ n: Int) -> Double { product(x, p, p, n).squareRoot() }

/// Brings orthogonal rows to length 1, and puts unit vectors in place of those that are negligible.
private func completeBasis(_ x: inout [Double], _ lengths: [Double], _ n: Int) {
  let negligible = 1e-14 * (lengths.max() ?? 0)
  let order = (0..<n).sorted { lengths[$0] > lengths[$1] }
  for (done, p) in order.enumerated() {
    if lengths[p] > negligible {
      for k in 0..<n { x[p * n + k] /= lengths[p] }
    } else {
      setFreeDirection(&x, p, order.prefix(done), n)
    }
  }
}

/// A unit vector orthogonal to some rows: of the axes, what the rows leave most of.
private func setFreeDirection(_ x: inout [Double], _ p: Int, _ rows: ArraySlice<Int>, _ n: Int) {
  let left = (0..<n).map { axis in
    1 - rows.reduce(0) { $0 + x[$1 * n + axis] * x[$1 * n + axis] }
  }
  let axis = left.indices.max { left[$0] < left[$1] } ?? 0
  for k in 0..<n { x[p * n + k] = k == axis ? 1 : 0 }
  for _ in 0..<2 {
    for row in rows {
      let overlap = product(x, p, row, n)
      for k in 0..<n { x[p * n + k] -= overlap * x[row * n + k] }
    }
  }
  let length = norm(x, p, n)
  for k in 0..<n { x[p * n + k] /= length }
}
