import Densities
import Kernels
import TestSupport
import Testing

@Suite("The ring")
struct RingTests {
  func ring(_ radius: Double, _ deviation: Double) throws -> Ring {
    var config = RingConfig()
    (config.radius, config.standardDeviation) = (radius, deviation)
    return try Ring(config)
  }

  /// Constants computed elsewhere, by adaptive quadrature; the last two rings have no hole.
  @Test(
    "has the known log Z",
    arguments: [
      (3, 0.3, 2.651455083956192), (1, 2.0, 3.783282276988845), (0.1, 1, 1.9603842600632713),
    ])
  func logNormalizer(_ radius: Double, _ deviation: Double, _ truth: Double) throws {
    expect(try ring(radius, deviation).logNormalizer, equals: truth, within: .absolute(1e-9))
  }

  /// The radial distribution by the midpoint rule, 0.001 apart; angles by their first harmonics.
  @Test("has samples of the right radius in all directions", arguments: [(3, 0.3), (1, 2.0)])
  func samples(_ radius: Double, _ deviation: Double) throws {
    let x = sample(try ring(radius, deviation), 5000, seed: 3).map { Double($0) }
    let rows = stride(from: 0, to: x.count, by: 2)
    let radii = rows.map { (x[$0] * x[$0] + x[$0 + 1] * x[$0 + 1]).squareRoot() }
    var sums = [0.0]
    for i in 0..<20_000 {
      let r = 0.001 * (Double(i) + 0.5)
      let u = (r - radius) / deviation
      sums.append(sums[i] + r * scalarExp(-0.5 * u * u))
    }
    let distance = kolmogorovDistance(radii) { sums[min(20_000, Int($0 / 0.001))] / sums[20_000] }
    #expect(distance < 2)
    for axis in 0...1 {
      let cosines = zip(rows, radii).map { x[$0 + axis] / $1 }
      expectMean(of: cosines, is: 0, within: .standardErrors(4))
      expectMean(of: cosines.map { $0 * $0 }, is: 0.5, within: .standardErrors(4))
    }
  }

  @Test("has a score of zero at its centre")
  func centre() throws {
    let (value, slope) = try score(ring(3, 0.3), [0, 0])
    expect(value, equals: [-50], within: .absolute(1e-4))
    #expect(slope == [0, 0])
  }
}
