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

/// A distribution of numbers with what is known of it.
struct Known: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let mean: Double
  let variance: Double
  /// From a draw to its probability.
  let cumulative: @Sendable (Double) -> Double
  let draw: @Sendable (RandomStream, Range<Int>, Int) -> [Double]

  init<D: Distribution>(
    _ name: String, _ distribution: D, mean: Double, variance: Double,
    _ cumulative: @escaping @Sendable (Double) -> Double
  ) where D.Value == Double {
    (testDescription, self.mean, self.variance) = (name, mean, variance)
    self.cumulative = cumulative
    draw = { $0.draw(distribution, step: 3, rows: $1, columns: $2) }
  }

  static let all = simple + gammas + betas

  static let simple = [
    Known("uniform", Uniform(in: -2..<5), mean: 1.5, variance: 49.0 / 12) { ($0 + 2) / 7 },
    Known("normal", Normal(), mean: 0, variance: 1, normalCumulative),
    Known("exponential", Exponential(), mean: 1, variance: 1) { -expm1(-$0) },
    Known(
      "gumbel", Gumbel(), mean: 0.577_215_664_901_532_9, variance: Double.pi * .pi / 6
    ) { exp(-exp(-$0)) },
  ]

  static let gammas = [0.01, 0.5, 0.999, 1, 1.5, 10, 1e4].map { shape in
    Known("gamma \(shape)", Gamma(shape: shape), mean: shape, variance: shape) {
      gammaCumulative(shape, logarithm: log($0))
    }
  }

  static let betas = [(0.01, 2), (0.5, 0.5), (1, 1), (2, 5), (1e4, 0.3), (1e4, 1e4)].map {
    (a, b) in
    Known(
      "beta \(a), \(b)", Beta(a, b), mean: a / (a + b),
      variance: a * b / (a + b) / (a + b) / (a + b + 1)
    ) { betaCumulative(a, b, $0) }
  }
}

@Suite("Every distribution of numbers")
struct DistributionTests {
  let stream = RandomStream(seed: 11)

  /// Each comparison with 4 standard errors fails for 1 stream in 16,000, and for more where the
  /// fourth moment is large.
  @Test("has its mean and variance", arguments: Known.all)
  func moments(_ known: Known) {
    let x = known.draw(stream, 0..<5000, 4)
    expectMean(of: x, is: known.mean, within: .standardErrors(4))
    let squares = x.map { ($0 - known.mean) * ($0 - known.mean) }
    expectMean(of: squares, is: known.variance, within: .standardErrors(4))
  }

  /// A distance above 2 has a chance of 1 in 1500.
  @Test("has its distribution function", arguments: Known.all)
  func distribution(_ known: Known) {
    let x = known.draw(stream.folding(1), 0..<2500, 2)
    #expect(kolmogorovDistance(x, known.cumulative) < 2)
  }

  @Test("does not depend on how rows are split", arguments: Known.all)
  func splits(_ known: Known) {
    let all = known.draw(stream, 0..<12, 3)
    let parts = [0..<5, 5..<6, 6..<6, 6..<12].flatMap { known.draw(stream, $0, 3) }
    #expect(parts == all)
    #expect(known.draw(stream.folding(1), 0..<12, 3) != all)
  }

  @Test("has the same bits for any number of threads", arguments: Known.all)
  func threads(_ known: Known) {
    func drawn(_ threads: Int) -> [[Double]] {
      let rows = Collected(count: 7)
      ThreadPool(threads: threads).run(7) { index, _ in
        rows.set(index, known.draw(stream, 4 * index..<4 * index + 4, 2))
      }
      return rows.values
    }
    for threads in [2, 3, 5] { #expect(drawn(threads) == drawn(1)) }
    #expect(drawn(1).flatMap { $0 } == known.draw(stream, 0..<28, 2))
  }
}

/// Results by piece; each is set by one thread.
final class Collected: @unchecked Sendable {
  private let memory: UnsafeMutableBufferPointer<[Double]>

  init(count: Int) {
    memory = .allocate(capacity: count)
    memory.initialize(repeating: [])
  }

  deinit {
    memory.deinitialize()
    memory.deallocate()
  }

  var values: [[Double]] { Array(memory) }

  func set(_ index: Int, _ value: [Double]) { memory[index] = value }
}
