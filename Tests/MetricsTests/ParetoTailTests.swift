import Kernels
import Metrics
import TestSupport
import Testing

@Suite("The Pareto tail of weights")
struct ParetoTailTests {
  /// Log-weights whose exponentials are Pareto with shape k: w = -k log(uniform).
  func pareto(_ k: Double, count: Int, seed: UInt64) -> [Double] {
    RandomStream(seed: seed).draw(Uniform(in: 0..<1), rows: 0..<count).map { -k * scalarLog($0) }
  }

  @Test("has the shape that the weights were drawn with", arguments: [0.2, 0.5, 0.9, 1.5])
  func shape(_ k: Double) {
    let shapes = (0..<40).map { ParetoTail(pareto(k, count: 4000, seed: $0)).shape }
    // The pull towards ½ is 10 in 200 weights.
    expectMean(
      of: shapes.map { (200 * $0 - 5) / 190 }, is: k, within: .standardErrors(4), "\(k)")
  }

  /// Of 400 intervals of 95%, fewer than 368 or more than 392 hold k for 1 stream in 50.
  @Test("has intervals that hold the shape as often as they say", arguments: [0.3, 0.5, 0.7, 1])
  func coverage(_ k: Double) {
    let covered = (0..<400).count { seed in
      ParetoTail(pareto(k, count: 300, seed: 1000 + seed)).interval?.contains(k) == true
    }
    #expect((368...392).contains(covered), "\(covered) of 400 at \(k)")
  }

  @Test("does not depend on the scale or the order of the weights")
  func invariance() {
    let w = pareto(0.6, count: 500, seed: 3)
    let tail = ParetoTail(w)
    let shifted = ParetoTail(w.map { $0 + 1024 })
    expect(shifted.shape, equals: tail.shape, within: .relative(1e-9))
    let mirrored = ParetoTail(w.reversed())
    #expect(mirrored.shape == tail.shape && mirrored.logWeights == tail.logWeights.reversed())
  }

  @Test("is smoothed without changing what is below it, the order, or the largest weight")
  func smoothing() {
    let w = pareto(0.8, count: 400, seed: 5)
    let tail = ParetoTail(w)
    #expect(tail.count == 60)
    let order = w.indices.sorted { w[$0] < w[$1] }
    let smoothed = order.map { tail.logWeights[$0] }
    #expect(smoothed.prefix(340) == order.prefix(340).map { w[$0] }[...])
    #expect(zip(smoothed, smoothed.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(smoothed.last.map { $0 <= w.max() ?? 0 } == true)
  }

  @Test("is infinite where a few draws carry all weight or the weights are no numbers")
  func collapsed() {
    let lonely = [Double](repeating: -1e4, count: 997) + [0, -1, -2]
    for w in [lonely, [.nan] + lonely, [.infinity] + lonely, [0, 1, 2], []] {
      #expect(ParetoTail(w).shape == .infinity && ParetoTail(w).interval == nil)
      #expect(paretoShape(w).verdict == .fail)
    }
    let empty = [Double](repeating: -.infinity, count: 100)
    #expect(paretoShape(empty).verdict == .fail)
  }

  @Test("is not there where the weights are equal")
  func equal() {
    let w = [Double](repeating: 3, count: 100)
    let tail = ParetoTail(w)
    #expect(tail.shape == -.infinity && tail.logWeights == w)
    #expect(paretoShape(w).verdict == .ok)
  }

  /// Weights at the quantiles of a Pareto distribution.
  func quantiles(_ k: Double, count: Int) -> [Double] {
    (0..<count).map { -k * scalarLog((Double($0) + 0.5) / Double(count)) }
  }

  @Test("is trusted, doubted or refused by its shape and the number of draws")
  func verdicts() {
    #expect(paretoShape(quantiles(0.3, count: 2000)).verdict == .ok)
    #expect(paretoShape(quantiles(0.85, count: 2000)).verdict == .warn)
    #expect(paretoShape(quantiles(1.8, count: 2000)).verdict == .fail)
    let few = paretoShape(quantiles(0.6, count: 60))
    #expect(few.verdict == .warn && few.reason.contains("too few draws"), "\(few)")
  }
}
