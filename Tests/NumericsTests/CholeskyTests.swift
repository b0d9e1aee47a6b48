import Kernels
import Numerics
import TestSupport
import Testing

/// A B of row-major matrices.
func product(_ a: [Double], _ b: [Double], _ rows: Int, _ depth: Int, _ columns: Int) -> [Double] {
  var c = [Double](repeating: 0, count: rows * columns)
  for i in 0..<rows {
    for k in 0..<depth {
      for j in 0..<columns { c[i * columns + j] += a[i * depth + k] * b[k * columns + j] }
    }
  }
  return c
}

func transposed(_ a: [Double], _ rows: Int, _ columns: Int) -> [Double] {
  (0..<rows * columns).map { a[$0 % rows * columns + $0 / rows] }
}

/// A Bᵀ of a random B with a little more on the diagonal.
func covariance(_ n: Int, seed: UInt64 = 1) -> [Double] {
  let b = spread(n * n, seed: seed, scale: 1).map { Double($0) }
  var a = product(b, transposed(b, n, n), n, n, n)
  for k in 0..<n { a[k * n + k] += 0.5 }
  return a
}

@Suite("A Cholesky factorisation")
struct CholeskyTests {
  static let sizes = [0, 1, 2, 3, 5, 11, 12, 13, 24, 47, 64, 96, 97, 150, 200]

  @Test("multiplies back to the matrix", arguments: sizes)
  func reconstruction(_ n: Int) throws {
    let a = covariance(n)
    let factor = try Cholesky(a, count: n)
    let back = product(transposed(factor.upper, n, n), factor.upper, n, n, n)
    expect(back, equals: a, within: .scaled(1e-14 * Double(n + 1)))
    for i in 0..<n {
      #expect(factor.upper[i * n + i] > 0)
      for j in 0..<i { #expect(factor.upper[i * n + j] == 0) }
    }
    #expect(factor.lower == transposed(factor.upper, n, n))
  }

  @Test("of 32-bit floats is as near as they allow", arguments: sizes)
  func floats(_ n: Int) throws {
    let a = covariance(n)
    let factor = try Cholesky(a.map { Float($0) }, count: n)
    let u = factor.upper.map { Double($0) }
    let back = product(transposed(u, n, n), u, n, n, n)
    expect(back, equals: a, within: .scaled(1e-6 * Double(n + 1)))
    let b = spread(n, seed: 2)
    let x = factor.solve(b).map { Double($0) }
    expect(product(a, x, n, n, 1), equals: b.map { Double($0) }, within: .scaled(1e-3))
  }

  @Test("reads nothing below the diagonal")
  func upperTriangle() throws {
    let n = 130
    let a = covariance(n)
    let upper = a.indices.map { $0 / n > $0 % n ? Double.nan : a[$0] }
    #expect(try Cholesky(upper, count: n).upper == Cholesky(a, count: n).upper)
  }

  /// The factor of a Brownian motion's covariance min(i, j) is all ones: exact in floats.
  @Test("is that of known matrices")
  func known() throws {
    let n = 101
    let brownian = (0..<n * n).map { Double(min($0 / n, $0 % n) + 1) }
    let factor = try Cholesky(brownian, count: n)
    #expect(factor.lower == (0..<n * n).map { $0 / n >= $0 % n ? 1.0 : 0 })
    #expect(factor.logDeterminant == 0)
    let small = try Cholesky([4, 12, -16, 12, 37, -43, -16, -43, 98], count: 3)
    #expect(small.lower == [2, 0, 0, 6, 1, 0, -8, 5, 3])
    expect(small.logDeterminant, equals: scalarLog(36), within: .relative(1e-15))
  }

  /// The Hilbert matrix of order 10: condition 1.6e13, determinant 2.164e-53.
  @Test("holds for an ill-conditioned matrix")
  func illConditioned() throws {
    let n = 10
    let hilbert = (0..<n * n).map { 1 / Double($0 / n + $0 % n + 1) }
    let factor = try Cholesky(hilbert, count: n)
    let back = product(factor.lower, factor.upper, n, n, n)
    expect(back, equals: hilbert, within: .absolute(1e-16 * 4))
    expect(factor.logDeterminant, equals: scalarLog(2.164179226431e-53), within: .absolute(1e-2))
    let b = product(hilbert, [Double](repeating: 1, count: n), n, n, 1)
    let residual = zip(product(hilbert, factor.solve(b), n, n, 1), b).map { $0 - $1 }
    expect(residual, equals: residual.map { _ in 0 }, within: .absolute(1e-14))
  }

  @Test("names the first pivot that is not positive", arguments: [0, 1, 12, 95, 96, 140, 149])
  func failures(_ pivot: Int) {
    let n = 150
    for bad in [-1e3, 0.0, .nan, .infinity, -.infinity] {
      var a = covariance(n)
      for j in 0..<n { (a[pivot * n + j], a[j * n + pivot]) = (0, 0) }
      a[pivot * n + pivot] = bad
      #expect {
        try Cholesky(a, count: n)
      } throws: { error in
        guard case NumericalError.notPositiveDefinite(pivot, let value) = error else {
          return false
        }
        return value == bad || value.isNaN && bad.isNaN
      }
    }
  }

  @Test("finds a singular matrix and says so in a sentence")
  func singular() {
    #expect(throws: NumericalError.notPositiveDefinite(pivot: 1, value: 0)) {
      try Cholesky([1, 2, 2, 4.0], count: 2)
    }
    let error = NumericalError.notPositiveDefinite(pivot: 1, value: 0)
    #expect(error.description == "the matrix is not positive definite: pivot 1 is 0.0")
  }
}

@Suite("Solving with a Cholesky factor")
struct TriangularTests {
  @Test("undoes the matrix and its factors", arguments: CholeskyTests.sizes, [1, 3, 65])
  func solve(_ n: Int, _ columns: Int) throws {
    let a = covariance(n, seed: 3)
    let factor = try Cholesky(a, count: n)
    let b = spread(n * columns, seed: 4).map { Double($0) }
    func times(_ m: [Double], _ x: [Double]) -> [Double] { product(m, x, n, n, columns) }
    let tolerance = Tolerance.scaled(1e-12 * Double(n + 1))
    expect(times(a, factor.solve(b, columns: columns)), equals: b, within: tolerance)
    let y = factor.solveLower(b, columns: columns)
    expect(times(factor.lower, y), equals: b, within: tolerance)
    expect(factor.multiplyLower(y, columns: columns), equals: b, within: tolerance)
    let x = factor.solveUpper(b, columns: columns)
    expect(times(factor.upper, x), equals: b, within: tolerance)
  }

  @Test("gives the inverse", arguments: [1, 5, 97])
  func inverse(_ n: Int) throws {
    let a = covariance(n, seed: 3)
    let identity = (0..<n * n).map { $0 / n == $0 % n ? 1.0 : 0 }
    let inverse = try Cholesky(a, count: n).inverse
    expect(product(a, inverse, n, n, n), equals: identity, within: .scaled(1e-12 * Double(n)))
  }
}
