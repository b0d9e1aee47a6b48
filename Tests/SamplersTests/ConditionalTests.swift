import Densities
import Kernels
import Storage
import Tensors
import TestSupport
import Testing
import Training

@testable import Samplers

/// N(x; c / 10, 1) times a factor e^{c / 10} in one dimension, for c = 0 … 29; the last ten are not for
/// training.
struct ShiftedNormals: ConditionalDensity, DifferentiableDensity {
  let dimension = 1
  let conditionCount = 30
  let conditionDimension = 2
  var trainingConditions: Range<Int> { 0..<20 }

  func features(of condition: Int, into out: UnsafeMutablePointer<Float>) {
    (out[0], out[1]) = (0.1 * Float(condition), 1)
  }

  func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) {
    var score = [Float](repeating: 0, count: x.count)
    logDensity(of: x, into: out, score: &score)
  }

  func logDensity(
    of x: Points, into out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>
  ) {
    guard let conditions = x.conditions else { preconditionFailure("points without conditions") }
    for row in 0..<x.count {
      let center = 0.1 * Float(conditions[row])
      let residual = x.data[row] - center
      out[row] = -0.5 * residual * residual - 0.918_938_5 + center
      score[row] = 0 - residual
    }
  }
}

@Suite("A sampler with conditions")
struct ConditionalTests {
  func run(_ changes: JSONValue, steps: Int = 400, threads: Int = 2) throws -> Run {
    let settings: JSONValue = [
      "steps": .integer(Int64(steps)), "batch_size": 120, "report_every": 100, "seed": 3,
      "process": ["steps": 10, "variance": 2], "network": ["width": 16, "langevin": "off"],
      "optimizer": ["learning_rate": 5e-3],
    ]
    return try Run(
      NamedDensity(custom: ShiftedNormals()), overrides: settings.replacing(changes),
      pool: ThreadPool(threads: threads))
  }

  func conditions(_ conditions: [Int]) -> SamplingConfig {
    var config = SamplingConfig()
    config.conditions = conditions
    return config
  }

  /// Judged on conditions 20 to 29, beyond those it learned from; their mean log Z is 2.45.
  @Test(
    "learns the density of each, and of others like them",
    arguments: ["trajectory-balance", "log-variance", "path-kl"], ["off", "on"])
  func learns(_ objective: String, _ langevin: String) throws {
    let run = try run([
      "objective": .string(objective),
      "network": ["width": 16, "langevin": .string(langevin)],
    ])
    try run.train()
    let evaluation = try run.evaluate(overrides: ["samples": 4000])
    let (lower, logZ) = (
      evaluation["elbo"]?.value ?? .nan, evaluation["log-normalizer"]?.value ?? .nan
    )
    #expect(2.45 - 0.4 < lower && lower < 2.46, "\(objective): ELBO \(lower)")
    #expect((logZ - 2.45).magnitude < 0.1, "\(objective): log Z \(logZ)")
    let draws = try run.sample(2000, seed: 1, conditions([2, 18]))
    for (turn, condition) in [2, 18].enumerated() {
      let x = stride(from: turn, to: 2000, by: 2).map { Double(draws.x[$0]) }
      #expect((x.reduce(0, +) / 1000 - 0.1 * Double(condition)).magnitude < 0.25)
      #expect(draws.conditions[turn] == condition)
    }
  }

  /// The bias of u(c) is added where that of the state is, and the bias of log Z(c) where log Z is.
  @Test(
    "has the gradient of a bias by what conditions add",
    arguments: ["trajectory-balance", "log-variance", "path-kl", "sub-trajectory-balance"])
  func gradient(_ objective: String) throws {
    let run = try run(["objective": .string(objective)])
    let set = run.model.parameters
    let noise = spread(set.count, seed: 6)
    for i in noise.indices { set.values[i] += 0.2 * noise[i] }
    set.refreshTransposes()
    var gradient = [Float](repeating: 0, count: set.count)
    try gradient.withUnsafeMutableBufferPointer {
      let blocks = PathBlocks(
        run.model, CountedDensity(run.density.density), try run.config.makeObjective(), paths: 75,
        pool: run.pool)
      let settings = SimulationSettings(stream: RandomStream(seed: 5), nonFinite: .stop)
      let outcome = try blocks.run(
        ParameterBinding(set, gradients: $0.baseAddress), settings, logZ: 0.3
      ) {}
      $0[run.model.logZ.offset] += Float(outcome.byLogZ)
    }
    func part(_ name: String) -> [Double] {
      set.entries.filter { $0.name == name }.flatMap { entry in
        (0..<entry.parameter.shape.count).map { Double(gradient[entry.parameter.offset + $0]) }
      }
    }
    let bias = part("state.bias")
    #expect(bias.count == 16 && bias.contains { $0.magnitude > 1e-3 })
    expect(part("condition.1.bias"), equals: bias, within: .scaled(1e-4))
    if objective == "trajectory-balance" {
      expect(part("condition.log_z.2.bias"), equals: part("log_z"), within: .scaled(1e-5))
    }
    if objective == "sub-trajectory-balance" {
      let bias = part("flow.state.bias")
      #expect(bias.count == 16 && bias.contains { $0.magnitude > 1e-3 })
      expect(part("condition.flow.1.bias"), equals: bias, within: .scaled(1e-4))
    }
  }

  /// log Z(c) is the flow of the origin, or of the time before x_0 is drawn.
  @Test(
    "learns state flows of each condition",
    arguments: ["detailed-balance", "sub-trajectory-balance"], [false, true])
  func flows(_ objective: String, _ looksForward: Bool) throws {
    for kind in ["pinned-brownian", "variance-preserving"] {
      let run = try run(
        [
          "objective": .string(objective), "flow": ["forward_looking": .bool(looksForward)],
          // Detailed balance carries log Z from the end to the beginning step by step.
          "process": [
            "kind": .string(kind), "steps": objective == "detailed-balance" ? 4 : 10, "variance": 2,
          ],
          "optimizer": [
            "learning_rate": 5e-3, "flow_learning_rate": 1e-2, "log_z_learning_rate": 5e-2,
          ],
        ], steps: 1000)
      try run.train()
      let evaluation = try run.evaluate(overrides: ["samples": 4000])
      let (lower, logZ) = (
        evaluation["elbo"]?.value ?? .nan, evaluation["log-normalizer"]?.value ?? .nan
      )
      #expect(2.45 - 0.6 < lower && lower < 2.46, "\(objective), \(kind): ELBO \(lower)")
      #expect((logZ - 2.45).magnitude < 0.15, "\(objective), \(kind): log Z \(logZ)")
      // The mean log Z of the conditions for training.
      #expect(((run.history.last?.logZ ?? .nan) - 0.95).magnitude < 0.5, "\(objective), \(kind)")
    }
  }

  /// Were the points of a group to go with another condition, the weights would not add up.
  @Test(
    "learns from what it visited, and from searches near it",
    arguments: ["trajectory-balance", "log-variance", "sub-trajectory-balance"],
    [
      ("visited", "", "rank"), ("local-search", "", "rank"),
      ("local-search", "maximum-likelihood", "uniform"),
    ])
  func offPolicy(
    _ objective: String, _ found: (source: String, objective: String, priority: String)
  ) throws {
    let run = try run([
      "objective": .string(objective),
      "off_policy": [
        "source": .string(found.source), "objective": .string(found.objective),
        "search_every": 20, "replay": ["capacity": 2405, "priority": .string(found.priority)],
        "local_search": ["kernel": "random-walk", "steps": 20, "burn_in": 10, "thin": 5],
      ],
    ])
    try run.train()
    let evaluation = try run.evaluate(overrides: ["samples": 4000])
    let (lower, logZ) = (
      evaluation["elbo"]?.value ?? .nan, evaluation["log-normalizer"]?.value ?? .nan
    )
    #expect(2.45 - 0.05 < lower && lower < 2.46, "\(objective): ELBO \(lower)")
    #expect((logZ - 2.45).magnitude < 0.1, "\(objective): log Z \(logZ)")
    for buffer in [run.trainer.visited, run.trainer.found].compactMap(\.self) {
      let conditions = try #require(buffer.conditions)
      for slot in 0..<buffer.count {
        #expect(conditions[slot] == conditions[slot / 10 * 10])
        let center: Float = 0.1 * Float(conditions[slot])
        let residual: Float = buffer.points[slot] - center
        let value: Float = -0.5 * residual * residual - 0.918_938_5 + center
        #expect((buffer.logDensity[slot] - value).magnitude < 1e-4)
      }
    }
  }

  @Test("goes on from a checkpoint as if it had never stopped")
  func resumes() throws {
    let changes: JSONValue = [
      "objective": "detailed-balance", "report_every": 1,
      "off_policy": [
        "source": "local-search", "search_every": 6, "replay": ["capacity": 1000],
        "local_search": ["kernel": "parallel-tempering", "steps": 6, "burn_in": 2, "thin": 2],
      ],
    ]
    let straight = try run(changes, steps: 20)
    try straight.train()
    let first = try run(changes, steps: 20)
    #expect(throws: Cancelled.self) { try first.train(Stop(after: 9)) }
    let folder = try ScratchFolder()
    let path = folder("run.safetensors")
    try first.save(to: path)
    let second = try run(changes, steps: 20)
    try second.restore(RunFile(readingFrom: path))
    try second.train()
    #expect(second.checksum == straight.checksum)
  }

  @Test("has the bits of one thread on any number")
  func threads() throws {
    let sources: [JSONValue] = ["none", "visited", "local-search"]
    for objective in ["trajectory-balance", "log-variance", "path-kl", "detailed-balance"] {
      for source in objective == "path-kl" ? ["none"] : sources {
        let sums = try [1, 2, 3].map { threads in
          let run = try run(
            [
              "objective": .string(objective), "network": ["width": 8, "langevin": "on"],
              "off_policy": ["source": source],
            ], steps: 5, threads: threads)
          try run.train()
          return run.checksum
        }
        #expect(Set(sums).count == 1, "\(objective)")
      }
    }
  }

  @Test("refuses what it cannot be combined with, by key")
  func refused() {
    let cases: [(JSONValue, String)] = [
      (["off_policy": ["source": "samples"]], "off_policy.source"),
      (
        ["off_policy": ["source": "local-search", "local_search": ["keep": "accepted"]]],
        "off_policy.local_search.keep"
      ),
      (["off_policy": ["source": "visited"], "condition_repeats": 7], "condition_repeats"),
      (["off_policy": ["source": "visited", "replay": ["capacity": 9]]], "off_policy.replay"),
      (["condition_repeats": 0], "condition_repeats"),
    ]
    for (changes, key) in cases {
      do {
        _ = try run(changes)
        Issue.record("\(key) was accepted")
      } catch let error as ConfigError {
        #expect("\(error)".contains(key), "\(error)")
      } catch { Issue.record("\(error)") }
    }
    #expect(throws: ConfigError.self) { try run([:]).sample(3, seed: 1, conditions([30])) }
    #expect(throws: ConfigError.self) { try smallRun().sample(3, seed: 1, conditions([0])) }
  }
}
