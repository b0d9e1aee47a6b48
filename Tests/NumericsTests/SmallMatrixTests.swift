import Numerics
import TestSupport
import Testing

@Suite("Small matrices")
struct SmallMatrixTests {
  func product(_ a: [Double], _ b: [Double], _ n: Int) -> [Double] {
    (0..<n * n).map { index in
      (0..<n).reduce(0) { $0 + a[index / n * n + $1] * b[$1 * n + index % n] }
    }
  }

  func transposed(_ a: [Double], _ n: Int) -> [Double] {
    (0..<n * n).map { a[$0 % n * n + $0 / n] }
  }

  func identity(_ n: Int) -> [Double] { (0..<n * n).map { $0 / n == $0 % n ? 1 : 0 } }

  func matrix(_ n: Int, seed: UInt64) -> [Double] { spread(n * n, seed: seed).map { Double($0) } }

  @Test(
    "have eigenvalues, upwards, and vectors that make them again", arguments: [0, 1, 2, 3, 5, 17])
  func eigen(_ n: Int) {
    let half = matrix(n, seed: 1)
    let a = zip(half, transposed(half, n)).map { $0 + $1 }
    let eigen = SymmetricEigen(a, count: n)
    #expect(zip(eigen.values, eigen.values.dropFirst()).allSatisfy { $0 <= $1 })
    let v = eigen.vectors
    expect(product(transposed(v, n), v, n), equals: identity(n), within: .absolute(1e-13))
    let stretched = v.indices.map { v[$0] * eigen.values[$0 % n] }
    expect(product(stretched, transposed(v, n), n), equals: a, within: .scaled(1e-13))
  }

  @Test("of equal eigenvalues are left alone")
  func multiples() {
    let eigen = SymmetricEigen([3, 0, 0, 3], count: 2)
    #expect(eigen.values == [3, 3] && eigen.vectors == [1, 0, 0, 1])
  }

  /// R is the nearest: Rᵀ M is symmetric with eigenvalues σ >= 0.
  @Test("have a nearest orthogonal matrix, whatever their rank", arguments: [1, 2, 3, 5])
  func procrustes(_ n: Int) {
    let full = matrix(n, seed: 2)
    let flat = full.indices.map { $0 % n == 0 ? 0 : full[$0] }
    let thin = full.indices.map { full[$0 / n] * full[$0 % n] }
    for m in [full, flat, thin, full.map { _ in 0 }, identity(n)] {
      let solution = Procrustes(m, count: n)
      let r = solution.rotation
      expect(product(transposed(r, n), r, n), equals: identity(n), within: .absolute(1e-12))
      let polar = product(transposed(r, n), m, n)
      expect(polar, equals: transposed(polar, n), within: .absolute(1e-12))
      let trace = (0..<n).reduce(0) { $0 + polar[$1 * n + $1] }
      expect(solution.gain, equals: trace, within: .absolute(1e-12))
      #expect(SymmetricEigen(polar, count: n).values.allSatisfy { $0 > -1e-12 })
    }
  }
}
