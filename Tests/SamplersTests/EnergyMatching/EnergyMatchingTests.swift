import Densities

import Kernels
import Storage
import TestSupport
import Testing

@testable import Samplers

@Suite("Energy matching")
struct EnergyMatchingTests {
  /// A run small enough for tests.
  func run(
    _ density: String, method: String = "idem", steps: Int, _ changes: JSONValue = [:],
    config: JSONValue = [:], out: String = "", threads: Int = 2
  ) throws -> Run {
    var settings: JSONValue = [
      "method": .string(method), "steps": .integer(Int64(steps)), "batch_size": 64,
      "out": .string(out), "resume": true,
      "energy_matching": [
        "samples": 64, "generate_every": 10, "generate_count": 64, "generate_steps": 40,
        "initial_count": 64, "loss_floor": 0.09, "noise": ["smallest": 0.05, "largest": 3],
        "network": ["width": 32, "layers": 2, "prior_deviation": 1, "output_deviation": 0.3],
      ],
    ]
    for entry in changes.object?.entries ?? [] {
      try settings.set(entry.key, to: entry.value.compact)
    }
    return try Run(
      NamedDensity(density, config: config), overrides: settings, pool: ThreadPool(threads: threads)
    )
  }

  /// The prior's Gaussian is the density's, so S = -x / (h + 1) before any training.
  @Test("has exact weights where the score is exact")
  func exactScore() throws {
    let run = try run("gaussian", steps: 0)
    let set = run.trainer.parameters
    for i in 0..<set.count { set.values[i] = 0 }
    set.refreshTransposes()
    var sampling = SamplingConfig()
    sampling.steps = 400
    let draws = try run.sample(2000, seed: 3, sampling)
    // What is left is the prior at σ_max = 3 and the grid of times.
    let mean = draws.logWeights.reduce(0, +) / 2000
    expect(mean, equals: 0, within: .absolute(0.15))
    expectMean(
      of: draws.logWeights.map { scalarExp($0) }, is: 1, within: .standardErrors(4))
    expectMean(
      of: zip(draws.logWeights, draws.x).map { scalarExp($0) * Double($1 * $1) }, is: 1,
      within: .standardErrors(4))
    let back = try run.sampler.backwardWeights(
      of: draws.x, CountedDensity(run.density.density), RandomStream(seed: 1), steps: 400
    ) {}
    expect(back.weights.reduce(0, +) / 2000, equals: 0, within: .absolute(0.15))
  }

  /// That of noised N(0, 1) is the density's own times 1 / (1 + h), and F says nothing.
  @Test("has the density's own score where it is given")
  func givenScore() throws {
    let run = try run(
      "gaussian", steps: 0,
      [
        "energy_matching.network.prior_deviation": 0, "energy_matching.network.score_deviation": 1,
        "energy_matching.scale": 2, "energy_matching.mode_deviation": 0.5,
      ])
    let trainer = try #require(run.trainer as? EnergyMatchingTrainer)
    for deviation in [0.01, 0.5, 3] {
      let part = trainer.network.coefficients(variance: deviation * deviation)
      expect(part.score, equals: 1 / (1 + deviation * deviation), within: .relative(1e-12))
    }
    // In units of 2, N(0, 1) has deviation 1/2 and the score -4 x.
    let x: [Float] = [0.5, -0.25]
    var (room, values, out) = (x, [Float](repeating: 0, count: 2), x)
    let before = trainer.density.gradientCalls
    try trainer.given.write(
      at: x, rows: 2 / trainer.density.dimension, trainer.density, room: &room, values: &values,
      into: &out)
    expect(out.map { Double($0) }, equals: [-2, 1], within: .absolute(1e-6))
    #expect(trainer.density.gradientCalls - before == 2 / trainer.density.dimension)
  }

  /// S is exact, so a step is the posterior's, and paths of either way are equally likely.
  @Test("is exact in any number of steps with the posterior's noise", arguments: [1, 3, 20])
  func posteriorNoise(_ steps: Int) throws {
    let run = try run(
      "gaussian", steps: 0,
      ["energy_matching.mode_deviation": 1, "energy_matching.step_noise": "posterior"])
    let set = run.trainer.parameters
    for i in 0..<set.count { set.values[i] = 0 }
    set.refreshTransposes()
    var sampling = SamplingConfig()
    sampling.steps = steps
    let draws = try run.sample(2000, seed: 3, sampling)
    for weight in draws.logWeights { expect(weight, equals: 0, within: .absolute(1e-3)) }
    expectMean(of: draws.x.map { Double($0 * $0) }, is: 1, within: .standardErrors(4))
    let back = try run.sampler.backwardWeights(
      of: draws.x, CountedDensity(run.density.density), RandomStream(seed: 1), steps: steps
    ) {}
    for weight in back.weights { expect(weight, equals: 0, within: .absolute(1e-3)) }
  }

  @Test("learns two wells")
  func learns() throws {
    let mixture: JSONValue = [
      "means": [[-2, 0], [2, 0]], "weights": [0.3, 0.7], "standard_deviation": 0.5,
    ]
    let run = try run(
      "gaussian-mixture", steps: 600, ["energy_matching.samples": 256], config: mixture)
    try run.train()
    var sampling = SamplingConfig()
    sampling.steps = 150
    let draws = try run.sample(2000, seed: 3, sampling)
    let left = (0..<2000).map { draws.x[2 * $0] < 0 ? 1.0 : 0 }
    expect(left.reduce(0, +) / 2000, equals: 0.3, within: .absolute(0.1))
    let elbo = draws.logWeights.reduce(0, +) / 2000
    #expect(elbo > -0.6 && elbo < 0.1, "\(elbo)")
  }

  @Test(
    "has the same bits for any number of threads", arguments: ["dw4", "gmm-40"],
    [("idem", 0), ("idem", 0.3), ("pdem", 0), ("pdem", 0.3)])
  func threads(_ density: String, _ way: (method: String, given: Double)) throws {
    let (method, given) = way
    let changes: JSONValue = [
      "energy_matching.network.score_deviation": JSONValue(given),
      "energy_matching.include_origin": .bool(method == "idem" && given > 0),
    ]
    let sums = try [1, 2].map { threads in
      let run = try run(density, method: method, steps: 12, changes, threads: threads)
      try run.train()
      return try run.checksum + run.sample(70, seed: 2).checksum
    }
    #expect(sums[0] == sums[1])
  }

  @Test("goes on from a checkpoint with the bits of never having stopped")
  func resumes() throws {
    let folder = try ScratchFolder()
    let changes: JSONValue = [
      "energy_matching.average_decay": 0.9, "checkpoint_every": 7, "optimizer.schedule": "constant",
    ]
    let whole = try run("dw4", steps: 25, changes)
    try whole.train()
    let part = try run("dw4", steps: 13, changes, out: folder.path)
    try part.train()
    let rest = try run("dw4", steps: 25, changes, out: folder.path)
    #expect(rest.stepsDone == 13)
    try rest.train()
    #expect(rest.checksum == whole.checksum)
    #expect(try rest.sample(40, seed: 1).checksum == whole.sample(40, seed: 1).checksum)
  }

  @Test("draws with the parameters of the best generation where it should")
  func selects() throws {
    let changes: JSONValue = [
      "energy_matching.selection": "weights", "checkpoint_every": 7,
      "optimizer.schedule": "constant",
    ]
    let whole = try run("dw4", steps: 35, changes)
    try whole.train()
    let selection = try #require((whole.trainer as? EnergyMatchingTrainer)?.selection)
    #expect(selection.score.isFinite)
    let plain = try run("dw4", steps: 35, ["optimizer.schedule": "constant"])
    try plain.train()
    #expect(plain.checksum == whole.checksum)
    #expect(try plain.sample(40, seed: 1).checksum != whole.sample(40, seed: 1).checksum)
    let set = plain.trainer.parameters
    for (i, value) in selection.values.enumerated() { set.values[i] = value }
    set.refreshTransposes()
    #expect(try plain.sample(40, seed: 1).checksum == whole.sample(40, seed: 1).checksum)
    let folder = try ScratchFolder()
    try run("dw4", steps: 23, changes, out: folder.path).train()
    let rest = try run("dw4", steps: 35, changes, out: folder.path)
    try rest.train()
    #expect(try rest.sample(40, seed: 1).checksum == whole.sample(40, seed: 1).checksum)
  }

  @Test("keeps the best of what it is offered")
  func selection() throws {
    let set = try run("gaussian", steps: 0).trainer.parameters
    let selection = ParameterSelection(of: set)
    for (score, value) in [(-3.0, 1), (-1, 2), (-2, 3), (.nan, 4)] as [(Double, Float)] {
      for i in 0..<set.count { set.values[i] = value }
      selection.offer(score)
    }
    selection.swapWithParameters()
    #expect(selection.score == -1 && set.values[0] == 2 && selection.values[0] == 4)
  }

  /// A rotation by 90° and an exchange of two particles, of noise and points alike.
  @Test("keeps particles mean-free")
  func meanFree() throws {
    let run = try run("dw4", steps: 12)
    try run.train()
    let draws = try run.sample(50, seed: 2)
    for row in 0..<50 {
      for k in 0..<2 {
        let sum = (0..<4).reduce(0) { $0 + Double(draws.x[row * 8 + 2 * $1 + k]) }
        expect(sum, equals: 0, within: .absolute(1e-4))
      }
    }
  }

  @Test("refuses what does not fit")
  func refusals() throws {
    #expect(throws: ConfigError.self) {
      try run("gmm-40", steps: 1, ["energy_matching.network.kind": "egnn"])
    }
    #expect(throws: ConfigError.self) { try run("gmm-40", method: "paths", steps: 1) }
    let wrong: [(method: String, changes: JSONValue)] = [
      ("pdem", ["energy_matching.include_origin": true]),
      ("idem", ["energy_matching.include_origin": true, "energy_matching.richardson": true]),
      ("idem", ["energy_matching.step_noise": "posterior"]),
      ("idem", ["energy_matching.step_noise": "none"]),
      ("idem", ["energy_matching.network.score_deviation": -1]),
      ("idem", ["energy_matching.network.distance_bumps": 1]),
      ("idem", ["energy_matching.network.distance_reach": 0]),
    ]
    for (method, changes) in wrong {
      #expect(throws: ConfigError.self, "\(changes)") {
        try run("gmm-40", method: method, steps: 1, changes)
      }
    }
    _ = try run("gmm-40", steps: 1, ["energy_matching.include_origin": true])
  }
}
