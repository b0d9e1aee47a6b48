import Densities
import Kernels
import Storage
import TestSupport
import Testing

@Suite("Symmetric double wells")
struct DoubleWellsTests {
  func wells(_ dimension: Int, _ wells: Int, _ separation: Double) throws -> DoubleWells {
    var config = DoubleWellsConfig()
    (config.dimension, config.wells, config.separation) = (dimension, wells, separation)
    return try DoubleWells(config)
  }

  /// Constants computed elsewhere, by adaptive quadrature.
  @Test(
    "have the known log Z",
    arguments: [(0.5, 0.7657193191187684), (4, -0.10821110257589082), (16, -0.8131941119641578)])
  func logNormalizer(_ separation: Double, _ well: Double) throws {
    let normal = 0.5 * scalarLog(2 * .pi)
    for (dimension, count) in [(1, 1), (5, 5), (7, 3)] {
      let density = try wells(dimension, count, separation)
      expect(
        density.logNormalizer,
        equals: Double(count) * well + Double(dimension - count) * normal, within: .absolute(1e-9))
      #expect(density.factors == count && density.modeCount == 2)
    }
  }

  /// E[a²] computed elsewhere; 60,000 draws.
  @Test("have samples of the known second moment, and normals beside them")
  func moments() throws {
    let x = sample(try wells(4, 3, 4), 20_000, seed: 4).map { Double($0) }
    for column in 0..<4 {
      let values = stride(from: column, to: x.count, by: 4).map { x[$0] }
      expectMean(of: values, is: 0, within: .standardErrors(4), "column \(column)")
      expectMean(
        of: values.map { $0 * $0 }, is: column < 3 ? 3.934104642334439 : 1,
        within: .standardErrors(4), "column \(column)")
    }
  }

  @Test("have the values of their formula")
  func values() throws {
    let (value, slope) = try score(wells(3, 2, 4), [1, -2, 3])
    expect(value, equals: [-9 - 0 - 4.5], within: .absolute(1e-6))
    expect(slope, equals: [12, 0, -3], within: .absolute(1e-6))
  }
}
