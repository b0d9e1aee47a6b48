import Densities
import Kernels
import Storage
import TestSupport
import Testing

@Suite("Neal's funnel")
struct FunnelTests {
  /// ∫ρ in two dimensions with the second coordinate in units of its width: 0.05 apart.
  @Test("has mass 1", arguments: [1.0, 3])
  func mass(_ deviation: Double) throws {
    let density = try funnel(2, deviation)
    let axis = (-120...120).map { 0.05 * Double($0) }
    let points = axis.flatMap { u in
      axis.map { v in (first: deviation * u, width: scalarExp(0.5 * deviation * u), v: v) }
    }
    let x = points.flatMap { [Float($0.first), Float($0.width * $0.v)] }
    let masses = zip(try logDensity(density, x), points).map { scalarExp($0) * $1.width }
    let total = masses.reduce(0, +) * 0.05 * 0.05 * deviation
    expect(total, equals: 1, within: .absolute(2e-6))
  }

  /// Given the first coordinate, the others over exp(x₀ / 2) are standard normal.
  @Test("has samples as wide as their first coordinate says", arguments: [1.0, 3])
  func samples(_ deviation: Double) throws {
    let x = sample(try funnel(10, deviation), 10_000, seed: 6).map { Double($0) }
    let rows = stride(from: 0, to: x.count, by: 10)
    expectMean(of: rows.map { x[$0] }, is: 0, within: .standardErrors(4))
    expectMean(
      of: rows.map { x[$0] * x[$0] }, is: deviation * deviation, within: .standardErrors(4))
    let scaled = rows.map { row in x[row + 9] * scalarExp(-0.5 * x[row]) }
    expectMean(of: scaled, is: 0, within: .standardErrors(4))
    expectMean(of: scaled.map { $0 * $0 }, is: 1, within: .standardErrors(4))
  }

  @Test("is a normal in one dimension")
  func oneDimension() throws {
    let values = try logDensity(funnel(1, 3), [0, 3])
    expect(values[0] - values[1], equals: 0.5, within: .absolute(1e-6))
    expect(values[0], equals: -scalarLog(3) - 0.5 * scalarLog(2 * .pi), within: .absolute(1e-6))
  }

  func funnel(_ dimension: Int, _ deviation: Double) throws -> Funnel {
    var config = FunnelConfig(standardDeviation: deviation)
    config.dimension = dimension
    return try Funnel(config)
  }
}
