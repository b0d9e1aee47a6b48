import Kernels
import Numerics
import TestSupport
import Testing

@Suite("The inverse of a matrix")
struct MatrixInverseTests {
  @Test("times the matrix is one", arguments: [1, 2, 3, 5, 17, 64])
  func product(_ n: Int) throws {
    let a = spread(n * n, seed: 4).map { Double($0) }
    let inverse = try #require(matrixInverse(a, count: n)).inverse
    let product = (0..<n * n).map { index in
      (0..<n).reduce(0.0) { $0 + a[index / n * n + $1] * inverse[$1 * n + index % n] }
    }
    let identity = (0..<n * n).map { $0 % (n + 1) == 0 ? 1.0 : 0 }
    expect(product, equals: identity, within: .absolute(1e-9))
  }

  @Test("comes with the logarithm of the determinant, and pivots past a zero")
  func determinant() throws {
    let result = try #require(matrixInverse([0, 2, -3, 1], count: 2))
    expect(result.logDeterminant, equals: scalarLog(6), within: .absolute(1e-14))
    expect(
      result.inverse, equals: [1.0 / 6, -1.0 / 3, 0.5, 0], within: .absolute(1e-15))
  }

  @Test(
    "does not exist for a singular matrix",
    arguments: [[0, 0, 0, 0], [1, 2, 2, 4], [1, .nan, 2, 3]])
  func singular(_ matrix: [Double]) { #expect(matrixInverse(matrix, count: 2) == nil) }
}
