import Kernels
import Storage
import Tasks
import TestSupport
import Testing
import Training

@testable import Densities
@testable import Samplers

/// Policies of small problems under a denoising prior of a behaviour's actions: the truth is known.
@Suite("A policy under a behaviour")
struct DecisionPosteriorTests {
  private func decisions(_ data: String, _ bound: Double = 0) -> JSONValue {
    ["data": .string(data), "rows": 2000, "bound": JSONValue(bound)]
  }

  private func prior(
    _ data: String, bound: Double = 0, _ changes: JSONValue = [:], threads: Int = 2
  ) throws -> Run {
    let settings: JSONValue = [
      "method": "denoising", "steps": 1500, "batch_size": 256, "seed": 3, "report_every": 500,
      "optimizer": ["learning_rate": 0.004, "schedule": "cosine"],
      "denoising": [
        "steps": 15, "schedule": "cosine", "prediction": "velocity", "average_decay": 0.99,
        "network": ["width": 32, "layers": 2],
      ],
    ]
    return try Run(
      NamedDensity("actions", config: ["decisions": decisions(data, bound)]),
      overrides: settings.replacing(changes), pool: ThreadPool(threads: threads))
  }

  private func posterior(
    _ folder: ScratchFolder, _ data: String, bound: Double = 0, temperature: Double = 0.5,
    _ changes: JSONValue = [:], threads: Int = 2
  ) throws -> Run {
    let settings: JSONValue = [
      "steps": 120, "batch_size": 128, "condition_repeats": 16, "seed": 4, "report_every": 10,
      "objective": "log-variance", "prior": ["run": .string(folder("prior.safetensors"))],
      "optimizer": ["learning_rate": 0.004, "schedule": "cosine"],
    ]
    return try Run(
      NamedDensity(
        "action-value",
        config: [
          "decisions": decisions(data, bound), "temperature": JSONValue(temperature),
        ]), overrides: settings.replacing(changes), pool: ThreadPool(threads: threads))
  }

  private func small(_ folder: ScratchFolder) throws {
    let run = try prior("chain", ["steps": 10, "batch_size": 70])
    try run.train()
    try run.save(to: folder("prior.safetensors"))
  }

  /// Actions of each state among draws whose states go by turns.
  private func laws(_ run: Run, _ states: Int, _ action: (Float) -> Double) throws -> [ActionLaw] {
    let draws = try run.sample(1500 * states, seed: 1)
    return (0..<states).map { state in
      ActionLaw(
        draws: stride(from: state, to: draws.count, by: states).map { action(draws.x[$0]) })
    }
  }

  @Test("has a prior that knows what was done in each state")
  func conditionalPrior() throws {
    let run = try prior("chain")
    try run.train()
    let behaviour = ExactCritic(.chain, expectile: 0.5).policy(0, temperature: 1e12)
    for law in try laws(run, 5, { Double($0) }) { #expect(law.distance(to: behaviour) < 0.15) }
    // The behaviour is the same in all states; the advantage-weighted one goes left, both ways, right.
    let better = try Run(
      NamedDensity(
        "actions", config: ["decisions": decisions("bandit"), "inverse_temperature": 2]),
      config: run.config)
    try better.train()
    let means = try laws(better, 3, { Double($0) }).map { $0.expectation { $0 } }
    #expect(means[0] < -0.6 && means[1].magnitude < 0.25 && means[2] > 0.6, "\(means)")
  }

  static let ways: [JSONValue] = [
    [:], ["off_policy": ["source": "prior"]], ["off_policy": ["source": "mixture"]],
    ["off_policy": ["source": "visited"]],
    ["objective": "trajectory-balance", "off_policy": ["source": "samples"]],
    [
      "prior": ["initialize": "lora", "lora_rank": 8],
      "optimizer": ["learning_rate": 0.02, "schedule": "cosine"],
    ],
  ]

  @Test("is the exact one of a bandit", arguments: ways.indices)
  func bandit(_ index: Int) throws {
    let folder = try ScratchFolder()
    let prior = try prior("bandit")
    try prior.train()
    try prior.save(to: folder("prior.safetensors"))
    let run = try posterior(folder, "bandit", Self.ways[index].naming(folder))
    try run.train()
    let exact = ExactCritic(.bandit, expectile: 0.7)
    for (state, law) in try laws(run, 3, { Double($0) }).enumerated() {
      let distance = law.distance(to: exact.policy(state, temperature: 0.5))
      #expect(distance < 0.15, "\(distance)")
    }
  }

  @Test("is the exact one of a chain of states")
  func chain() throws {
    let folder = try ScratchFolder()
    let prior = try prior("chain")
    try prior.train()
    try prior.save(to: folder("prior.safetensors"))
    let run = try posterior(folder, "chain", temperature: 0.15)
    try run.train()
    let exact = ExactCritic(.chain, expectile: 0.7)
    let laws = try laws(run, 5) { Double($0) }
    for (state, law) in laws.enumerated() {
      let distance = law.distance(to: exact.policy(state, temperature: 0.15))
      #expect(distance < 0.2, "\(distance)")
    }
    let (own, best) = (
      exact.worth(of: laws), exact.worth(of: (0..<5).map { exact.policy($0, temperature: 0.15) })
    )
    #expect(zip(own, best).allSatisfy { ($0 - $1).magnitude < 0.2 }, "\(own) \(best)")
  }

  /// Behaviour × exp(Q / α) in actions, whatever the numbers that the chain makes: no Jacobian is added.
  @Test("is the same where actions are bounded")
  func bounded() throws {
    let folder = try ScratchFolder()
    let prior = try prior("bandit", bound: 3)
    try prior.train()
    try prior.save(to: folder("prior.safetensors"))
    let run = try posterior(folder, "bandit", bound: 3)
    try run.train()
    let exact = ExactCritic(.bandit, expectile: 0.7)
    let range = ActionRange(bound: 3)
    for (state, law) in try laws(run, 3, { range.action(of: $0).value }).enumerated() {
      let distance = law.distance(to: exact.policy(state, temperature: 0.5))
      #expect(distance < 0.15, "\(distance)")
    }
  }

  @Test("has the same bits for any number of threads", arguments: ways.indices)
  func threads(_ index: Int) throws {
    let folder = try ScratchFolder()
    try small(folder)
    let bits = try [1, 3].map { threads in
      let few: JSONValue = ["steps": 5]
      let run = try posterior(
        folder, "chain", few.replacing(Self.ways[index].naming(folder)), threads: threads)
      let before = run.checksum
      try run.train()
      #expect(run.checksum != before)
      return [run.checksum, try run.sample(300, seed: 1).checksum]
    }
    #expect(bits[0] == bits[1])
  }

  @Test("goes on after saving as if it had not stopped", arguments: [2, 3])
  func resume(_ index: Int) throws {
    let folder = try ScratchFolder()
    try small(folder)
    let few: JSONValue = ["steps": 8, "report_every": 1]
    let changes = few.replacing(Self.ways[index].naming(folder))
    let whole = try posterior(folder, "chain", changes)
    try whole.train()
    let run = try posterior(folder, "chain", changes)
    #expect(throws: Cancelled.self) { try run.train(Stop(after: 3)) }
    try run.save(to: folder("half.safetensors"))
    let loaded = try Run.load(folder("half.safetensors"))
    try loaded.train()
    #expect(loaded.checksum == whole.checksum)
  }

  @Test("is drawn in states that are described")
  func features() throws {
    let folder = try ScratchFolder()
    try small(folder)
    let run = try posterior(folder, "chain", ["steps": 3])
    try run.train()
    var (named, described) = (SamplingConfig(), SamplingConfig())
    named.conditions = [4, 1]
    described.features = [[0, 0, 0, 0, 1], [0, 1, 0, 0, 0]]
    let (a, b) = (try run.sample(9, seed: 1, named), try run.sample(9, seed: 1, described))
    #expect(a.x == b.x && a.logWeights == b.logWeights && a.logDensity == b.logDensity)
    #expect(b.conditions == [0, 1, 0, 1, 0, 1, 0, 1, 0])
    described.features = [[1, 0]]
    #expect(throws: ConfigError.self) { try run.sample(9, seed: 1, described) }
    described.conditions = [0]
    #expect(throws: ConfigError.self) { try run.sample(9, seed: 1, described) }
  }

  /// The gradient by the last bias of log Z(c) is that by log Z, as both are added to every residual.
  @Test("learns log Z of conditions by the gradient of log Z")
  func normalizer() throws {
    let folder = try ScratchFolder()
    try small(folder)
    let run = try posterior(
      folder, "chain",
      [
        "objective": "trajectory-balance", "steps": 1,
        "optimizer": [
          "name": "sgd", "learning_rate": 1e-3, "log_z_learning_rate": 1e-3,
          "flow_learning_rate": 1e-3,
        ],
      ])
    let set = run.trainer.parameters
    func value(_ name: String) -> Double {
      set.entries.filter { $0.name == name }.map { Double(set.values[$0.parameter.offset]) }[0]
    }
    let before = (value("log_z"), value("condition.log_z.2.bias"))
    try run.train()
    let moved = (value("log_z") - before.0, value("condition.log_z.2.bias") - before.1)
    let miss = (moved.0 - moved.1).magnitude
    #expect(moved.0.magnitude > 1e-6 && miss < 1e-6 + 1e-3 * moved.0.magnitude)
  }

  @Test("refuses what it cannot learn")
  func refusals() throws {
    let folder = try ScratchFolder()
    try small(folder)
    for (changes, key) in [
      (["off_policy": ["source": "samples"]], "off_policy.source"),
      (["condition_repeats": 100], "condition_repeats"),
    ] as [(JSONValue, String)] {
      let error = #expect(throws: ConfigError.self) { try posterior(folder, "chain", changes) }
      #expect(error?.description.contains(key) == true, "\(error?.description ?? "")")
    }
    // A constraint without conditions, and a prior without.
    #expect(throws: ConfigError.self) {
      try Run(
        NamedDensity("gaussian", config: ["dimension": 1]),
        overrides: ["prior": ["run": .string(folder("prior.safetensors"))]])
    }
    let plain = try Run(
      NamedDensity("gaussian", config: ["dimension": 1]),
      overrides: [
        "method": "denoising", "steps": 1,
        "denoising": ["steps": 15, "network": ["width": 32, "layers": 2]],
      ])
    try plain.train()
    try plain.save(to: folder("prior.safetensors"))
    #expect(throws: ConfigError.self) { try posterior(folder, "chain") }
    #expect(throws: ConfigError.self) { try prior("chain", ["denoising": ["kind": "masked"]]) }
    #expect(throws: ConfigError.self) { try prior("/nowhere.npz") }
  }
}

extension JSONValue {
  /// The same, with the prior's file where `prior` has settings.
  fileprivate func naming(_ folder: ScratchFolder) -> JSONValue {
    guard let prior = self["prior"] else { return self }
    let file: JSONValue = ["run": .string(folder("prior.safetensors"))]
    return replacing(["prior": file.replacing(prior)])
  }
}
