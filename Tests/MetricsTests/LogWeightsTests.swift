import Densities
import Kernels
import Metrics
import TestSupport
import Testing

@Suite("Log-weights")
struct LogWeightsTests {
  @Test("have a mean that does not overflow")
  func logMeanExpEdges() {
    expect(logMeanExp([0, scalarLog(3)]), equals: scalarLog(2), within: .relative(1e-14))
    expect(
      logMeanExp([-1e3, -1e3 + scalarLog(3)]), equals: -1e3 + scalarLog(2), within: .ulps(0.001))
    expect(logMeanExp([1e6, 1e6]), equals: 1e6, within: .relative(1e-14))
    expect(logMeanExp([-.infinity, 0]), equals: -scalarLog(2), within: .relative(1e-14))
    #expect(logMeanExp([-3.5]) == -3.5)
    #expect(logMeanExp([-.infinity, -.infinity]) == -.infinity)
    #expect(logMeanExp([]) == -.infinity)
    #expect(logMeanExp([.nan, 1]).isNaN && logMeanExp([1, .nan]).isNaN)
  }

  @Test("have an effective sample size from 1 to their count")
  func effectiveSampleSizes() {
    #expect(effectiveSampleSize([5, 5, 5, 5]) == 4)
    #expect(effectiveSampleSize([-2000, 700]) == 1)
    #expect(effectiveSampleSize([-.infinity, 0, 0]) == 2)
    #expect(effectiveSampleSize([-7]) == 1)
    #expect(effectiveSampleSize([-.infinity]) == 0 && effectiveSampleSize([]) == 0)
    expect(effectiveSampleSize([0, scalarLog(3)]), equals: 1.6, within: .relative(1e-14))
  }

  @Test("make figures of NaN and infinities instead of crashing")
  func nonFinite() {
    for w in [[.nan, 0], [0, .nan], [.infinity, 0], [-.infinity, -.infinity]] as [[Double]] {
      for metric in [
        elbo(w, truth: 0), effectiveShare(w), logNormalizer(w, truth: 0),
        logNormalizer(w, truth: nil),
      ] {
        #expect(metric.verdict == .fail, "\(metric.name) of \(w)")
      }
    }
  }

  @Test("give bounds in their order: ELBO below log Z")
  func bounds() {
    let w = spread(500, seed: 1).map { Double($0) }
    let (lower, value) = (elbo(w, truth: nil), logNormalizer(w, truth: nil))
    #expect(lower.value < value.value && lower.low < lower.value && lower.value < lower.high)
    #expect(value.low < value.value && value.value < value.high)
    #expect(value.count == 500 && value == logNormalizer(w, truth: nil))
  }

  /// w ~ N(-s²/2, s²) has log E[exp w] = 0.
  ///
  /// Of 300 intervals of 95%, fewer than 270 cover it for 1 stream in 5000; 300 would mean that they
  /// are too wide to say anything.
  @Test("give intervals that cover log Z as often as they say")
  func coverage() {
    let (sets, count) = (300, 200)
    var x = [Float](repeating: 0, count: sets * count)
    InstructionSet.active.kernels.normals(
      key: 11, step: 0, firstRow: 0, rows: sets, columns: count, to: &x)
    let covered = (0..<sets).count { set in
      let w = x[set * count..<(set + 1) * count].map { 0.5 * Double($0) - 0.125 }
      let metric = logNormalizer(w, truth: 0)
      return metric.low <= 0 && 0 <= metric.high
    }
    #expect((270..<300).contains(covered), "\(covered) of \(sets)")
  }
}

@Suite("Mode weights")
struct ModeWeightsTests {
  func density() throws -> GaussianMixture {
    var config = GaussianMixtureConfig()
    (config.means, config.weights) = ([[-5], [0], [5]], [1, 1, 2])
    return try GaussianMixture(config)
  }

  @Test("count each draw to its nearest mode")
  func shares() throws {
    let weights = ModeWeights([-6, -4, 0.1, 4, 5, 6, 7, -1], try density())
    #expect(weights.shares == [0.25, 0.25, 0.5] && weights.count == 8)
    #expect(weights.found.value == 3 && weights.found.verdict == .ok)
    #expect(weights.totalVariation.value == 0 && weights.totalVariation.verdict == .ok)
  }

  @Test("tell a missing mode from one with too little")
  func missing() throws {
    let none = ModeWeights([-5, -5, 5, 5], try density())
    #expect(none.found.value == 2 && none.found.verdict == .fail)
    #expect(none.totalVariation.value == 0.25)
    let few = ModeWeights([-5, -5, -5, -5, 0, 5, 5, 5, 5, 5], try density())
    #expect(few.found.value == 2 && few.found.verdict == .warn)
    #expect(ModeWeights([], try density()).found.verdict == .fail)
  }
}
