import Chains
import Densities
import Kernels
import Storage
import TestSupport
import Testing

/// Means over independent chains, whose spread tells how many independent draws each is worth: a chain's
/// average has the variance of the density over its effective sample size.
@Suite("The averages of chains are those of the density")
struct KnownAnswerTests {
  static let walkers = ["mala", "hmc", "random-walk", "parallel-tempering"]

  /// Requires means within 4 standard errors, and that the chains moved: so many draws' worth at least.
  func expectAverages(
    _ values: [Double], mean: Double, variance: Double, effective: Double, _ note: String
  ) {
    expectMean(of: values, is: mean, within: .standardErrors(4), note)
    let error = meanAndError(values).error
    #expect(variance / (error * error) > effective, "\(note): \(variance / (error * error))")
  }

  @Test("for a Gaussian with five widths", arguments: walkers)
  func gaussian(_ name: String) throws {
    let gaussian = SlantedGaussian()
    let chains = try MarkovChains(kernel(name), gaussian.density, count: 200)
    try chains.start(at: wideStarts(200, 5, seed: 1))
    let functions = (0..<5).flatMap { j in
      let mean = gaussian.mean(j)
      return [
        { (x: UnsafePointer<Float>) in Double(x[j]) },
        { (x: UnsafePointer<Float>) in (Double(x[j]) - mean) * (Double(x[j]) - mean) },
      ]
    }
    let averages = try chains.averages(
      RandomStream(seed: 2), burnIn: 200, steps: 500, of: functions)
    for j in 0..<5 {
      let variance = gaussian.deviation(j) * gaussian.deviation(j)
      expectAverages(
        averages[2 * j], mean: gaussian.mean(j), variance: variance, effective: 1000, "mean \(j)")
      expectAverages(
        averages[2 * j + 1], mean: variance, variance: 2 * variance * variance, effective: 1000,
        "variance \(j)")
    }
  }

  /// Walkers depend on one another, so ensembles are what is averaged over.
  @Test("for a Gaussian with five widths, by ensembles")
  func ensembles() throws {
    let gaussian = SlantedGaussian()
    var (means, variances) = ([Double](), [Double]())
    for ensemble in 0..<40 {
      let chains = try MarkovChains(kernel("stretch"), gaussian.density, count: 20)
      try chains.start(at: wideStarts(20, 5, seed: UInt64(100 + ensemble)))
      let averages = try chains.averages(
        RandomStream(seed: UInt64(200 + ensemble)), burnIn: 200, steps: 500,
        of: [
          { Double($0[4]) - 2 }, { (Double($0[4]) - 2) * (Double($0[4]) - 2) },
        ])
      means.append(averages[0].reduce(0, +) / 20)
      variances.append(averages[1].reduce(0, +) / 20)
    }
    let variance = 1.7 * 1.7
    expectAverages(means, mean: 0, variance: variance, effective: 1000, "mean")
    expectAverages(
      variances, mean: variance, variance: 2 * variance * variance, effective: 1000, "variance")
  }

  /// E x₀ = 0.7 · 1.5 - 0.3 · 1.5, E x₀² = 0.7² + 1.5², E x₁² = 0.7².
  @Test("for two modes", arguments: markovKernels.names)
  func modes(_ name: String) throws {
    let mixture = try builtIn(
      "gaussian-mixture",
      ["means": [[-1.5, 0], [1.5, 0]], "weights": [0.3, 0.7], "standard_deviation": 0.7])
    var averages: [[Double]] = [[], [], []]
    for ensemble in 0..<60 {
      let chains = try MarkovChains(kernel(name), mixture, count: 8)
      try chains.start(at: wideStarts(8, 2, seed: UInt64(300 + ensemble)))
      let chainwise = try chains.averages(
        RandomStream(seed: UInt64(400 + ensemble)), burnIn: 200, steps: 1000,
        of: [
          { Double($0[0]) }, { Double($0[0]) * Double($0[0]) }, { Double($0[1]) * Double($0[1]) },
        ])
      for f in 0..<3 { averages[f].append(chainwise[f].reduce(0, +) / 8) }
    }
    expectAverages(averages[0], mean: 0.6, variance: 2.38, effective: 1000, "mean")
    expectAverages(averages[1], mean: 2.74, variance: 2.5, effective: 1000, "square")
    expectAverages(averages[2], mean: 0.49, variance: 0.48, effective: 1000, "other square")
  }

  /// Ten nats keep random walks on their side of the wells.
  @Test("for wells that only heat gets out of")
  func wells() throws {
    let well = try builtIn("many-well", ["dimension": 2])
    let left = try #require(well as? any MultimodalDensity).modeWeights[0]
    let chains = try MarkovChains(kernel("parallel-tempering"), well, count: 60)
    try chains.start(at: wideStarts(60, 2, seed: 5))
    let averages = try chains.averages(
      RandomStream(seed: 6), burnIn: 300, steps: 3000,
      of: [{ $0[0] < 0 ? 1 : 0 }, { Double($0[0]) }, { Double($0[1]) * Double($0[1]) }])
    expectAverages(
      averages[0], mean: left, variance: left * (1 - left), effective: 500, "left mass")
    expectAverages(averages[1], mean: 1.187961, variance: 1.548555, effective: 500, "mean")
    expectAverages(averages[2], mean: 1, variance: 2, effective: 1000, "square")
    #expect(chains.swapAcceptance.count == 7)
    #expect(chains.swapAcceptance.allSatisfy { $0 > 0.2 && $0 < 0.99 })
  }
}
