import Densities
import Kernels
import Networks
import Storage
import Tensors
import TestSupport
import Testing

@testable import Samplers

/// f(x, t) = r x, under which noise of variance s² becomes points of variance s² exp(2 r).
private struct LinearField: FlowField {
  let rate: Double
  let noiseVariance: Double
  var noiseTime: Double { 0 }
  var pointTime: Double { 1 }
  func velocity(_ x: Tensor, at time: Double, _ context: Context) -> Tensor {
    context.tape.scale(x, by: rate)
  }
}

@Suite("The likelihood of points")
struct LikelihoodTests {
  private func flow(
    _ divergence: FlowDivergence, dimension: Int, threads: Int = 2
  ) -> ProbabilityFlow {
    var config = LikelihoodConfig()
    config.divergence = divergence
    let unused = ParameterSet()
    _ = unused.add("unused", Shape(1), .zeros)
    unused.initialize(seed: 0)
    return ProbabilityFlow(
      LinearField(rate: 0.7, noiseVariance: 4), unused, dimension: dimension, system: nil,
      config, pool: ThreadPool(threads: threads))
  }

  @Test("is the Gaussian's under a linear flow", arguments: [1, 3, 17])
  func linear(_ dimension: Int) throws {
    let flow = flow(.exact, dimension: dimension)
    let (x, logDensity) = try flow.draw(70, RandomStream(seed: 1)) {}
    let variance = 4 * scalarExp(1.4)
    let back = try flow.logDensity(of: x) {}
    for row in 0..<70 {
      let square = x[row * dimension..<(row + 1) * dimension].reduce(0.0) {
        $0 + Double($1) * Double($1)
      }
      let truth = -0.5 * (square / variance + Double(dimension) * scalarLog(2 * .pi * variance))
      expect(logDensity[row], equals: truth, within: .absolute(2e-3))
      expect(back[row], equals: truth, within: .absolute(2e-3))
    }
  }

  @Test("has an unbiased estimate of the divergence")
  func hutchinson() throws {
    let (x, exact) = try flow(.exact, dimension: 5).draw(2000, RandomStream(seed: 1)) {}
    let estimate = try flow(.hutchinson, dimension: 5).logDensity(of: x) {}
    expectMean(
      of: zip(exact, estimate).map { $0 - $1 }, is: 0, within: .standardErrors(4))
    #expect(exact != estimate)
  }

  @Test("has the same bits for any number of threads")
  func threads() throws {
    let draws = try [1, 2, 3].map { threads in
      try flow(.hutchinson, dimension: 3, threads: threads).draw(100, RandomStream(seed: 1)) {}
    }
    #expect(draws[0].x == draws[1].x && draws[0].x == draws[2].x)
    #expect(draws[0].logDensity == draws[1].logDensity)
  }

  private let mixture: JSONValue = [
    "means": [[-2, 0], [2, 0]], "weights": [0.3, 0.7], "standard_deviation": 0.5,
  ]

  /// The flow is fitted to exact samples, so what is left is how well it fits.
  @Test(
    "comes near the entropy where the flow learned enough",
    arguments: [("independent", 1.0), ("transport", 1), ("transport", 40)])
  func matched(_ pairing: String, _ unit: Double) throws {
    let density = try NamedDensity(
      "gaussian-mixture",
      config: [
        "means": [[JSONValue(-2 * unit), 0], [JSONValue(2 * unit), 0]], "weights": [0.3, 0.7],
        "standard_deviation": JSONValue(0.5 * unit),
      ])
    guard let exact = density.density as? any SamplableDensity else {
      Issue.record("no samples")
      return
    }
    let samples = ExactSamples(exact, RandomStream(seed: 5)).all(4000)
    var config = LikelihoodConfig()
    config.matching.steps = 500
    config.matching.batchSize = 128
    config.matching.network.width = 64
    config.matching.pairing = pairing == "transport" ? .transport : .independent
    let matching = try FlowMatching(
      config.matching, to: samples, dimension: 2, system: nil, seed: 1, pool: .shared)
    try matching.train(on: samples) {}
    config.tolerance = 1e-4
    let flow = ProbabilityFlow(
      matching.field, matching.parameters, dimension: 2, system: nil, config, pool: .shared)
    let points = ExactSamples(exact, RandomStream(seed: 6)).all(300)
    let values = try flow.logDensity(of: points) {}
    let truth = try CountedDensity(density.density).logDensity(of: points)
    let excess = zip(truth, values).reduce(0) { $0 + $1.0 - $1.1 } / 300
    #expect(excess > -0.02 && excess < 0.15, "\(excess)")
  }

  @Test("is judged with the weights of the flow's own draws")
  func run() throws {
    let run = try smallRun(NamedDensity("gaussian-mixture", config: mixture))
    try run.train()
    let settings: JSONValue = [
      "draws": 100, "samples": 50, "tolerance": 1e-3,
      "matching": ["steps": 5, "batch_size": 32, "network": ["width": 16]],
    ]
    let report = try run.likelihood(overrides: settings)
    #expect(
      report.metrics.map(\.name) == [
        "negative-log-likelihood", "elbo", "log-normalizer", "effective-sample-share",
        "pareto-shape",
      ])
    #expect(report["negative-log-likelihood"]?.count == 50)
    let given = try run.likelihood(of: [-2, 0, 2, 0], overrides: settings)
    #expect(given["negative-log-likelihood"]?.count == 2)
  }

  @Test("follows the score's own flow of energy matching, of particles in their space")
  func own() throws {
    let run = try EnergyMatchingTests().run("dw4", steps: 12)
    try run.train()
    let points = try run.sample(20, seed: 1).x
    let report = try run.likelihood(
      of: points,
      overrides: ["flow": "own", "draws": 2, "samples": 20, "tolerance": 1e-3])
    #expect(report["negative-log-likelihood"]?.value.isFinite == true)
    let given = try EnergyMatchingTests().run(
      "dw4", steps: 0, ["energy_matching.network.score_deviation": 0.1])
    #expect(throws: ConfigError.self) {
      try given.likelihood(of: points, overrides: ["flow": "own", "draws": 2])
    }
  }

  /// With nothing learned S = -x / (h + 1) exactly, the score of a standard normal under noise.
  @Test("is exact where the score is")
  func ownGaussian() throws {
    let run = try EnergyMatchingTests().run("gaussian", steps: 0)
    let set = run.trainer.parameters
    for i in 0..<set.count { set.values[i] = 0 }
    set.refreshTransposes()
    let report = try run.likelihood(overrides: ["flow": "own", "draws": 2, "samples": 200])
    let figure = try #require(report["negative-log-likelihood"])
    expect(figure.value, equals: try #require(figure.floor), within: .absolute(2e-3))
    expect(try #require(report["effective-sample-share"]).value, equals: 1, within: .absolute(1e-3))
  }

  /// The flow from points to noise and back turns with its points, or log q would change.
  @Test("does not change when particles turn, reflect, move together or change places")
  func motions() throws {
    let run = try EnergyMatchingTests().run("dw4", steps: 12)
    try run.train()
    let trainer = try #require(run.trainer as? EnergyMatchingTrainer)
    var config = LikelihoodConfig()
    config.tolerance = 1e-6
    let flow = ProbabilityFlow(
      ScoreField(network: trainer.network, noise: run.config.energyMatching.noise),
      trainer.parameters, dimension: 8, system: trainer.system, config, pool: .shared)
    let points = try run.sample(20, seed: 1).x
    let truth = try flow.logDensity(of: points) {}
    let motions: [([Float]) -> [Float]] = [
      { particles(of: $0) { [0.6 * $0[0] - 0.8 * $0[1], 0.8 * $0[0] + 0.6 * $0[1]] } },
      { particles(of: $0) { [-$0[0], $0[1]] } },
      { Array($0[4...] + $0[..<4]) },
    ]
    for motion in motions {
      let moved = stride(from: 0, to: 160, by: 8).flatMap { motion(Array(points[$0..<$0 + 8])) }
      for (value, known) in zip(try flow.logDensity(of: moved) {}, truth) {
        expect(value, equals: known, within: .relative(1e-5))
      }
    }
  }

  /// Each of the particles in a plane, mapped.
  private func particles(of x: [Float], _ map: ([Float]) -> [Float]) -> [Float] {
    stride(from: 0, to: x.count, by: 2).flatMap { map([x[$0], x[$0 + 1]]) }
  }

  @Test("refuses what makes no sense")
  func refusals() throws {
    let run = try smallRun()
    for settings: JSONValue in [
      ["flow": "own"], ["tolerance": 0], ["samples": 1], ["matching": ["steps": 0]],
    ] {
      #expect(throws: ConfigError.self) { try run.likelihood(overrides: settings) }
    }
  }
}
