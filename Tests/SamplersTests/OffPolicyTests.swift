import Densities
import Kernels
import Storage
import TestSupport
import Testing
import Training

@testable import Samplers

@Suite("Training on paths from given ends")
struct OffPolicyTests {
  /// The ELBO and the EUBO end near log Z = 0, on their sides of it.
  func expectLearned(_ changes: JSONValue, _ name: String, within bound: Double = 0.05) throws {
    let settings: JSONValue = [
      "steps": 400, "batch_size": 120, "report_every": 100, "seed": 3,
      "process": ["steps": 10, "variance": 1.5], "network": ["width": 16, "langevin": "off"],
      "optimizer": ["learning_rate": 5e-3],
    ]
    let run = try Run(
      NamedDensity("gaussian", config: ["mean": 0.5]), overrides: settings.replacing(changes),
      pool: ThreadPool(threads: 2))
    try run.train()
    let evaluation = try run.evaluate(
      overrides: ["samples": 4000, "transport_samples": 100, "floor_repeats": 2])
    let (lower, upper) = (
      evaluation["elbo"]?.value ?? .nan, evaluation["eubo"]?.value ?? .nan
    )
    #expect(-bound < lower && lower < 0.01, "\(name): ELBO \(lower)")
    #expect(-0.01 < upper && upper < bound, "\(name): EUBO \(upper)")
  }

  static let likelihood: JSONValue = [
    "objective": "maximum-likelihood", "off_policy": ["source": "samples", "every": 1],
  ]

  @Test("learns a Gaussian by likelihood, from exact samples")
  func likelihood() throws { try expectLearned(Self.likelihood, "pinned") }

  @Test(
    "learns a Gaussian by every objective, from its own ends and near them",
    arguments: [
      "trajectory-balance", "log-variance", "detailed-balance", "sub-trajectory-balance",
    ], ["visited", "local-search"])
  func objectives(_ objective: String, _ source: String) throws {
    try expectLearned(
      [
        "objective": .string(objective),
        "off_policy": [
          "source": .string(source), "replay": ["capacity": 4000, "priority": "uniform"],
          "local_search": ["steps": 20, "burn_in": 10], "search_every": 20,
        ],
      ], objective + " " + source, within: 0.1)
  }

  @Test(
    "learns a Gaussian with every process",
    arguments: ["variance-preserving", "time-reversal"],
    ["trajectory-balance", "log-variance", "path-kl", "sub-trajectory-balance"])
  func processes(_ process: String, _ objective: String) throws {
    try expectLearned(
      [
        "objective": .string(objective),
        "process": ["kind": .string(process), "steps": 20, "variance": 1.5],
      ], process + " " + objective, within: 0.1)
  }

  @Test("learns a Gaussian with a learned way back and with times drawn anew")
  func learnedBackward() throws {
    try expectLearned(
      ["process": ["steps": 10, "variance": 1.5, "learned_backward": true]], "learned backward")
    for grid in ["random", "low-discrepancy", "equidistant"] {
      try expectLearned(
        ["process": ["steps": 10, "variance": 1.5, "grid": .string(grid)]], grid)
    }
  }

  /// Stopped in the middle of a step that has just searched.
  @Test("goes on from a checkpoint as if it had never stopped, buffers included")
  func resumes() throws {
    let settings: JSONValue = [
      "steps": 12,
      "off_policy": [
        "source": "local-search", "search_every": 4, "replay": ["capacity": 300],
        "local_search": ["steps": 6, "burn_in": 2],
      ],
    ]
    let folder = try ScratchFolder()
    let path = folder("run.safetensors")
    let whole = try smallRun(nil, settings)
    try whole.train()
    let first = try smallRun(nil, settings)
    #expect(throws: Cancelled.self) { try first.train(Stop(inside: 6)) }
    try first.save(to: path)
    let second = try Run.load(path)
    #expect(second.trainer.found?.count == first.trainer.found?.count)
    while second.stepsDone < 12 { _ = try second.trainStep {} }
    #expect(second.checksum == whole.checksum)
    #expect(second.energyCalls == whole.energyCalls && whole.energyCalls > 12 * 70)
  }

  @Test("searches without a score where the density has none", arguments: ["auto", "stretch"])
  func gradientFree(_ kernel: String) throws {
    let valueOnly = FunctionDensity(dimension: 2) { x, out, _ in
      for row in 0..<x.count { out[row] = x[row].reduce(0) { $0 - 0.5 * $1 * $1 } }
    }
    let run = try smallRun(
      NamedDensity(custom: valueOnly),
      [
        "off_policy": [
          "source": "local-search",
          "local_search": ["kernel": .string(kernel), "steps": 10, "burn_in": 5],
        ]
      ])
    try run.train()
    #expect(run.gradientCalls == 0 && (run.trainer.found?.count ?? 0) > 0)
  }

  @Test("has the same bits for any number of threads")
  func threads() throws {
    let sums = try [1, 2, 3, 5, 8].map { threads in
      let run = try smallRun(
        nil,
        ["off_policy": ["source": "local-search", "local_search": ["steps": 6, "burn_in": 2]]],
        threads: threads)
      try run.train()
      return run.checksum
    }
    #expect(Set(sums).count == 1)
  }

  @Test("is refused with the key where it makes no sense")
  func refused() {
    let cases: [(JSONValue, String)] = [
      (["off_policy": ["source": "visited", "every": 1]], "off_policy.every"),
      (["objective": "maximum-likelihood"], "objective"),
      (["objective": "path-kl", "off_policy": ["source": "visited"]], "off_policy.objective"),
      (
        ["off_policy": ["source": "visited", "objective": "detailed-balance"]],
        "off_policy.objective"
      ),
      (["off_policy": ["source": "visited", "samples": "x.npy"]], "off_policy.samples"),
      (["off_policy": ["local_search": ["steps": 0]]], "off_policy.local_search.steps"),
      (
        ["process": ["learned_backward": true], "objective": "path-kl"], "process.learned_backward"
      ),
    ]
    for (changes, key) in cases {
      do {
        _ = try smallRun(nil, changes)
        Issue.record("\(key) was accepted")
      } catch let error as ConfigError {
        #expect("\(error)".contains(key), "\(error)")
      } catch { Issue.record("\(error)") }
    }
  }
}
