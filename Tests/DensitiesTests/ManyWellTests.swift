import Densities
import Kernels
import Storage
import TestSupport
import Testing

@Suite("The many-well")
struct ManyWellTests {
  /// Constants computed elsewhere, by adaptive quadrature: log Z of a pair is log 11784.509265 + ½ log 2π.
  @Test("has the known log Z", arguments: [(2, 10.2934798), (32, 164.695675), (64, 329.391351)])
  func logNormalizer(_ dimension: Int, _ truth: Double) throws {
    let density = try ManyWell(ManyWellConfig(dimension: dimension))
    expect(density.logNormalizer, equals: truth, within: .absolute(1e-6))
    expect(density.modeWeights[0], equals: 0.155693, within: .absolute(1e-6))
  }

  /// A sampler that never visits the left wells sees log Z too low by -log 0.84431 a pair.
  @Test("loses 2.708 of log Z in 32 dimensions where all left wells are missed")
  func collapse() throws {
    let density = try ManyWell(ManyWellConfig())
    let missed = -Double(density.factors) * scalarLog(density.modeWeights[1])
    expect(missed, equals: 2.708, within: .absolute(5e-4))
  }

  /// 100,000 draws of the double well and as many normals.
  @Test("has samples of the known mean and variance")
  func moments() throws {
    let x = sample(try ManyWell(ManyWellConfig()), 100_000 / 16, seed: 4).map { Double($0) }
    let a = stride(from: 0, to: x.count, by: 2).map { x[$0] }
    let b = stride(from: 1, to: x.count, by: 2).map { x[$0] }
    expectMean(of: a, is: 1.187961, within: .standardErrors(4))
    let squares = a.map { ($0 - 1.187961) * ($0 - 1.187961) }
    expectMean(of: squares, is: 1.548555, within: .standardErrors(4))
    expectMean(of: b, is: 0, within: .standardErrors(4))
    expectMean(of: b.map { $0 * $0 }, is: 1, within: .standardErrors(4))
    expectMean(of: zip(a, b).map { $0 * $1 }, is: 0, within: .standardErrors(4))
  }

  /// The distribution function by the trapezoidal rule, 0.0002 apart.
  @Test("has samples of the double well's distribution")
  func distribution() throws {
    let x = sample(try ManyWell(ManyWellConfig()), 2000, seed: 9).map { Double($0) }
    var sums = [0.0]
    for i in 1...40_000 {
      let a = -4 + 0.0002 * (Double(i) - 0.5)
      sums.append(sums[i - 1] + scalarExp(-a * a * a * a + 6 * a * a + 0.5 * a))
    }
    let distance = kolmogorovDistance(stride(from: 0, to: x.count, by: 2).map { x[$0] }) {
      sums[min(40_000, max(0, Int(($0 + 4) / 0.0002)))] / sums[40_000]
    }
    #expect(distance < 2)
  }

  @Test("refuses an odd dimension", arguments: [-2, 0, 1, 33])
  func odd(_ dimension: Int) {
    #expect(throws: ConfigError.self) { try ManyWell(ManyWellConfig(dimension: dimension)) }
  }
}
