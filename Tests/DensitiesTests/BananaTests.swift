import Densities
import Kernels
import TestSupport
import Testing

@Suite("The banana")
struct BananaTests {
  func banana(_ dimension: Int, _ deviation: Double, _ curvature: Double) throws -> Banana {
    var config = BananaConfig()
    (config.dimension, config.standardDeviation, config.curvature) = (
      dimension, deviation, curvature
    )
    return try Banana(config)
  }

  /// Var x₁ = 1 + 2 b² σ⁴, Cov(x₀², x₁) = 2 b σ⁴.
  @Test("has samples of the known moments", arguments: [(10.0, 0.03), (2, -0.5)])
  func moments(_ deviation: Double, _ curvature: Double) throws {
    let x = sample(try banana(3, deviation, curvature), 50_000, seed: 6).map { Double($0) }
    let rows = stride(from: 0, to: x.count, by: 3)
    let variance = deviation * deviation
    for column in 0..<3 {
      expectMean(of: rows.map { x[$0 + column] }, is: 0, within: .standardErrors(4))
    }
    expectMean(of: rows.map { x[$0] * x[$0] }, is: variance, within: .standardErrors(4))
    expectMean(
      of: rows.map { x[$0 + 1] * x[$0 + 1] },
      is: 1 + 2 * curvature * curvature * variance * variance, within: .standardErrors(4))
    expectMean(
      of: rows.map { x[$0] * x[$0] * x[$0 + 1] }, is: 2 * curvature * variance * variance,
      within: .standardErrors(4))
    expectMean(of: rows.map { x[$0 + 2] * x[$0 + 2] }, is: 1, within: .standardErrors(4))
  }

  @Test("is a Gaussian without curvature")
  func straight() throws {
    let value = try logDensity(banana(2, 3, 0), [3, 2])
    let constant = -scalarLog(2 * .pi) - scalarLog(3)
    expect(value, equals: [constant - 0.5 - 2], within: .absolute(1e-6))
  }
}
