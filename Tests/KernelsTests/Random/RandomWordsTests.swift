import Kernels
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("The words of a place")
struct RandomWordsTests {
  let stream = RandomStream(seed: 15)

  /// Correlations of 2000 pairs; each comparison fails for 1 stream in 150,000.
  @Test("are other words for another kind, step, row, column or stream")
  func independence() {
    let n = 0..<2000
    var streams = [
      stream.draw(Normal(), rows: n), stream.draw(Normal(), step: 1, rows: n),
      stream.draw(Normal(), rows: 1..<2001), stream.folding(1).draw(Normal(), rows: n),
      n.map { stream.draw(Normal(), row: $0, column: 1) },
      stream.draw(Uniform(in: -1..<1), rows: n), stream.draw(Gumbel(), rows: n).map { $0 - 0.577 },
      stream.draw(Exponential(), rows: n).map { $0 - 1 },
      stream.draw(Gamma(shape: 4), rows: n).map { $0 - 4 },
      stream.draw(Beta(2, 2), rows: n).map { $0 - 0.5 },
    ]
    let points = stream.draw(Sphere(dimension: 2), rows: n)
    streams += (0..<2).map { k in n.map { points[2 * $0 + k] } }
    for i in streams.indices {
      for j in 0..<i {
        let products = zip(streams[i], streams[j]).map { $0 * $1 }
        expectMean(of: products, is: 0, within: .standardErrors(4.5), "\(i) and \(j)")
      }
    }
  }

  @Test("are kinds of their own, apart from kernels and folding")
  func kinds() {
    let values = RandomKind.allCases.map(\.rawValue)
    #expect(Set(values).count == values.count && !values.contains(0) && !values.contains(255))
    let used = [
      Uniform.kind, Normal.kind, Gamma.kind, Beta.kind, Dirichlet.kind, Categorical.kind,
      GumbelMax.kind, Gumbel.kind, Exponential.kind, Permutation.kind, Sphere.kind,
      IntegerBelow.kind,
    ]
    #expect(Set(used).count == used.count)
  }

  @Test("begin as the generator says")
  func words() {
    let counter: (UInt32, UInt32, UInt32, UInt32) = (
      5, 9, 2, UInt32(Exponential.kind.rawValue) << 24
    )
    let words = ReferenceKernels.philox(counter, key: stream.key)
    let unit = (Double((UInt64(words.0) | UInt64(words.1) << 32) >> 12) + 0.5) * 0x1p-52
    #expect(stream.draw(Exponential(), step: 2, row: 9, column: 5) == -scalarLog(unit))
  }
}

@Suite("Distributions at their edges")
struct DistributionEdgeTests {
  let stream = RandomStream(seed: 16)

  @Test(
    "uniform stays inside any interval",
    arguments: [
      1.0..<1.0.nextUp, 0..<Double.leastNonzeroMagnitude, 1e16..<(1e16 + 4), -1.7e308..<1.7e308,
      -3..<(-3 as Double).nextUp,
    ])
  func uniform(_ range: Range<Double>) {
    let x = stream.draw(Uniform(in: range), rows: 0..<500)
    #expect(x.allSatisfy { $0 >= range.lowerBound && $0 <= range.upperBound })
    if range.lowerBound.nextUp < range.upperBound {
      #expect(x.allSatisfy { $0 > range.lowerBound && $0 < range.upperBound })
    }
  }

  /// For tiny shapes -shape log X is exponential.
  ///
  /// A distance above 2 has a chance of 1 in 1500.
  @Test("gamma with a tiny shape is right in its logarithm", arguments: [1e-2, 1e-5, 1e-100])
  func tinyGamma(_ shape: Double) {
    let gamma = Gamma(shape: shape)
    let scaled = (0..<4000).map { row in
      var words = stream.words(of: .gamma, row: row)
      return -shape * gamma.logarithm(&words)
    }
    guard shape < 1e-3 else {
      #expect(kolmogorovDistance(scaled) { 1 - gammaCumulative(shape, logarithm: -$0 / shape) } < 2)
      return
    }
    #expect(kolmogorovDistance(scaled) { -expm1(-$0) } < 2)
  }

  @Test("gamma draws agree with their logarithms", arguments: [0.3, 0.99, 1, 40])
  func logarithms(_ shape: Double) {
    for row in 0..<200 {
      var words = stream.words(of: .gamma, row: row)
      let logarithm = Gamma(shape: shape).logarithm(&words)
      let draw = stream.draw(Gamma(shape: shape), row: row)
      expect(log(draw), equals: logarithm, within: .absolute(1e-12))
    }
  }

  @Test("beta with tiny shapes lies at its ends, as often as it should")
  func tinyBeta() {
    let x = stream.draw(Beta(1e-6, 2e-6), rows: 0..<4000)
    #expect(x.allSatisfy { $0 >= 0 && $0 <= 1 })
    expectMean(of: x, is: 1.0 / 3, within: .standardErrors(4))
  }
}
