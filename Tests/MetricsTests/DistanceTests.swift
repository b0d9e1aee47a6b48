import Kernels
import Metrics
import TestSupport
import Testing

@Suite("Distances between samples")
struct DistanceTests {
  @Test(
    "on a line agree with matching, where the counts are equal", arguments: TransportPower.allCases)
  func line(_ power: TransportPower) {
    let (x, y) = (spread(40, seed: 1), spread(40, seed: 2, scale: 3))
    let matched = transport(x, y, dimension: 1, power)
    let walked = lineTransport(x.map { Double($0) }, y.map { Double($0) }, power)
    expect(walked.value, equals: matched.value, within: .relative(1e-6))
    // The potentials of both are dual solutions, which need not be the same one.
    expect(
      walked.interval?.upperBound ?? 0, equals: matched.interval?.upperBound ?? 1,
      within: .relative(0.1))
  }

  @Test("on a line take different counts: each number twice changes nothing")
  func counts() {
    let (x, y) = (spread(9, seed: 1).map { Double($0) }, spread(5, seed: 2).map { Double($0) })
    let once = lineTransport(x, y, .two).value
    expect(lineTransport(x + x, y, .two).value, equals: once, within: .relative(1e-12))
    expect(lineTransport(y, x + x, .two).value, equals: once, within: .relative(1e-12))
    #expect(lineTransport([1], [4], .two).value == 9 && lineTransport([1], [4], .one).value == 3)
  }

  @Test("of moved points are known", arguments: [1, 2, 5])
  func moved(_ dimension: Int) {
    let x = spread(30 * dimension, seed: 1)
    let y = x.map { $0 + 0.75 }
    let length = 0.75 * Double(dimension).squareRoot()
    expect(wasserstein1(x, y, dimension: dimension), equals: length, within: .relative(1e-6))
    let divergence = Sinkhorn(epsilon: Double(dimension)).divergence(x, y, dimension: dimension)
    expect(divergence.divergence.value, equals: length * length, within: .relative(1e-4))
    #expect(divergence.isConverged)
    let slices = SlicedTransport(dimension: dimension, directions: 2000, RandomStream(seed: 2))
    expect(slices.squared(x, y).root.value, equals: 0.75, within: .relative(0.05))
  }

  @Test("do not depend on the number of threads", arguments: [1, 3])
  func threads(_ threads: Int) {
    let (x, y) = (spread(90, seed: 1), spread(60, seed: 2))
    let pool = ThreadPool(threads: threads)
    let sinkhorn = Sinkhorn(epsilon: 0.3)
    #expect(
      sinkhorn.divergence(x, y, dimension: 3, pool: pool)
        == sinkhorn.divergence(x, y, dimension: 3))
    let kernel = MaximumMeanDiscrepancy(reference: y, dimension: 3)
    #expect(kernel.squared(x, y, pool: pool) == kernel.squared(x, y))
    let slices = SlicedTransport(dimension: 3, directions: 9, RandomStream(seed: 2))
    #expect(slices.squared(x, y, pool: pool) == slices.squared(x, y))
  }

  @Test("without bias: the discrepancy is its definition", arguments: [(5, 7), (4, 4), (2, 3)])
  func discrepancy(_ n: Int, _ m: Int) {
    let (x, y) = (spread(2 * n, seed: 1), spread(2 * m, seed: 2))
    func kernel(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Double {
      let square = zip(a, b).reduce(0.0) {
        $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1))
      }
      return [0.5, 1, 2].reduce(0) { $0 + scalarExp(-square / (2 * $1 * $1)) } / 3
    }
    func row(_ z: [Float], _ i: Int) -> ArraySlice<Float> { z[2 * i..<2 * i + 2] }
    func mean(_ a: [Float], _ b: [Float], _ isSame: Bool) -> Double {
      var values: [Double] = []
      for i in 0..<a.count / 2 {
        for j in 0..<b.count / 2 where !isSame || i != j {
          values.append(kernel(row(a, i), row(b, j)))
        }
      }
      return values.reduce(0, +) / Double(values.count)
    }
    let expected = mean(x, x, true) + mean(y, y, true) - 2 * mean(x, y, false)
    let actual = MaximumMeanDiscrepancy(width: 1, dimension: 2, doublings: 1).squared(x, y).value
    expect(actual, equals: expected, within: .absolute(1e-12))
  }

  @Test("are judged by what exact samples score")
  func verdicts() {
    let (x, y) = (spread(200, seed: 1), spread(200, seed: 2))
    let exact = transport(x, y, dimension: 2, .two).root
    let floors = [
      transport(spread(200, seed: 3), spread(200, seed: 4), dimension: 2, .two).root.value
    ]
    let collapsed = transport(x.map { 0.01 * $0 }, y, dimension: 2, .two).root
    let far = transport(x.map { $0 + 9 }, y, dimension: 2, .two).root
    #expect(exact.metric("w", count: 100, floors: floors).verdict == .ok)
    #expect(collapsed.metric("w", count: 100, floors: floors).verdict != .ok)
    #expect(far.metric("w", count: 100, floors: floors).verdict == .fail)
    #expect(exact.metric("w", count: 100, floors: []).verdict == .warn)
    let kernel = MaximumMeanDiscrepancy(reference: y, dimension: 2)
    let floor = [kernel.squared(spread(200, seed: 3), spread(200, seed: 4)).value]
    #expect(kernel.squared(x, y).discrepancyMetric(count: 100, floors: floor).verdict == .ok)
    let narrow = kernel.squared(x.map { 0.01 * $0 }, y)
    #expect(narrow.discrepancyMetric(count: 100, floors: floor).verdict == .fail)
    let energies = energyTransport(x.map { Double($0) + 50 }, y.map { Double($0) }).root
    #expect(energies.metric("e", count: 200, floors: [0.3]).verdict == .fail)
  }
}
