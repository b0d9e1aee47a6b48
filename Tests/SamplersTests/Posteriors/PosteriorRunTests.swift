import Densities
import Kernels
import Storage
import TestSupport
import Testing
import Training

@testable import Samplers

@Suite("A posterior under a denoising prior")
struct PosteriorRunTests {
  /// A prior in a folder, hardly trained.
  private func prior(_ folder: ScratchFolder, _ changes: JSONValue = [:]) throws -> Run {
    let run = try smallPrior(changes)
    try run.train()
    try run.save(to: folder("prior.safetensors"))
    return run
  }

  private func posterior(
    _ folder: ScratchFolder, _ density: NamedDensity, _ changes: JSONValue = [:], threads: Int = 2
  ) throws -> Run {
    let settings: JSONValue = [
      "steps": 6, "batch_size": 70, "seed": 4, "report_every": 1,
      "prior": ["run": .string(folder("prior.safetensors"))],
    ]
    var own = settings.replacing(changes)
    try own.set("prior.run", to: JSONValue.string(folder("prior.safetensors")).compact)
    return try Run(density, overrides: own, pool: ThreadPool(threads: threads))
  }

  private func measured() throws -> NamedDensity {
    try NamedDensity(
      "linear-measurement", config: ["matrix": [[1, 0]], "measurement": [2], "deviation": 0.5])
  }

  /// r = 1.
  private let nothing = NamedDensity(
    custom: FunctionDensity(dimension: 2) { x, out, _ in
      for row in 0..<x.count { out[row] = 0 }
    })

  @Test(
    "is the prior where there is no constraint", arguments: ["copy", "lora", "correction"],
    ["epsilon", "data"])
  func nothingToLearn(_ start: String, _ prediction: String) throws {
    let folder = try ScratchFolder()
    let prior = try prior(folder, ["denoising": ["prediction": .string(prediction)]])
    let run = try posterior(
      folder, nothing,
      ["prior": ["run": .string(folder("prior.safetensors")), "initialize": .string(start)]])
    let before = run.checksum
    try run.train()
    #expect(run.checksum == before && run.history.allSatisfy { $0.loss == 0 && $0.logZ == 0 })
    let (draws, others) = (try run.sample(200, seed: 1), try prior.sample(200, seed: 1))
    #expect(draws.x == others.x && draws.logWeights.allSatisfy { $0 == 0 })
  }

  static let kinds: [JSONValue] = [
    [:], ["objective": "log-variance"],
    ["off_policy": ["source": "prior"]], ["off_policy": ["source": "mixture"]],
    ["off_policy": ["source": "visited"]],
    ["prior": ["initialize": "correction"], "denoising": ["network": ["width": 6]]],
    ["prior": ["initialize": "lora"], "network": ["langevin": "on"]],
  ]

  @Test("has the same bits for any number of threads", arguments: kinds.indices)
  func threads(_ index: Int) throws {
    let folder = try ScratchFolder()
    _ = try prior(folder)
    let bits = try [1, 3].map { threads in
      let run = try posterior(folder, measured(), Self.kinds[index], threads: threads)
      let before = run.checksum
      try run.train()
      #expect(run.checksum != before)
      return [run.checksum, try run.sample(300, seed: 1).checksum]
    }
    #expect(bits[0] == bits[1])
  }

  @Test(
    "goes on after saving as if it had not stopped, and needs the prior's file no more",
    arguments: ["auto", "on"])
  func resume(_ langevin: String) throws {
    let folder = try ScratchFolder()
    _ = try prior(folder)
    let changes: JSONValue = [
      "prior": [
        "run": .string(folder("prior.safetensors")), "initialize": "lora", "step_fraction": 0.5,
      ],
      "network": ["langevin": .string(langevin)],
    ]
    let whole = try posterior(folder, measured(), changes)
    try whole.train()
    let run = try posterior(folder, measured(), changes)
    #expect(throws: Cancelled.self) { try run.train(Stop(after: 3)) }
    try run.save(to: folder("half.safetensors"))
    try writeAtomically("", to: folder("prior.safetensors"))
    let loaded = try Run.load(folder("half.safetensors"))
    try loaded.train()
    #expect(loaded.checksum == whole.checksum)
    #expect(try loaded.sample(50, seed: 1).checksum == whole.sample(50, seed: 1).checksum)
  }

  @Test("is read from a file of before a setting came, with the prior in it")
  func olderFile() throws {
    let folder = try ScratchFolder()
    _ = try prior(folder)
    let (run, path) = (try posterior(folder, measured()), folder("run.safetensors"))
    try run.save(to: path)
    var file = try SafetensorsFile(reading: path, checksum: .required)
    for key in ["config", "prior"] {
      let text = try #require(file.metadata[key])
      let older = text.replacing(",\"gate_bound\":0.0", with: "")
      #expect(older != text)
      file.metadata[key] = older
    }
    try file.write(to: path)
    let loaded = try Run.load(path)
    #expect(loaded.config == run.config)
    #expect(try loaded.sample(20, seed: 1).checksum == run.sample(20, seed: 1).checksum)
  }

  /// Prior N(1, ½²), y = 2 with deviation ½ of the first coordinate: mean 1.5 and variance ⅛, log Z that of
  /// exp(-½ (2 - 1)² / (¼ + ¼)) √½.
  @Test(
    "learns that of a Gaussian under a measurement, changed without and with the score",
    arguments: [("copy", "auto"), ("lora", "auto"), ("correction", "auto"), ("lora", "on")],
    ["epsilon", "data"])
  func closedForm(_ posterior: (start: String, langevin: String), _ prediction: String) throws {
    let start = posterior.start
    let folder = try ScratchFolder()
    let prior = try smallPrior([
      "steps": 800, "batch_size": 128, "optimizer": ["learning_rate": 0.005],
      "denoising": [
        "steps": 20, "network": ["width": 32, "layers": 2], "average_decay": 0.99, "scale": 0.5,
        "prediction": .string(prediction),
      ],
    ])
    try prior.train()
    try prior.save(to: folder("prior.safetensors"))
    let run = try self.posterior(
      folder, measured(),
      [
        "steps": 120, "network": ["langevin": .string(posterior.langevin)],
        "optimizer": ["learning_rate": start == "correction" ? 0.01 : 0.003],
        "prior": [
          "run": .string(folder("prior.safetensors")), "initialize": .string(start), "lora_rank": 8,
          "step_fraction": 0.5,
        ],
        "denoising": ["network": start == "correction" ? ["width": 32, "layers": 1] : [:]],
      ])
    try run.train()
    let draws = try run.sample(2000, seed: 1)
    let first = (0..<2000).map { Double(draws.x[2 * $0]) }
    let second = (0..<2000).map { Double(draws.x[2 * $0 + 1]) }
    let mean = first.reduce(0, +) / 2000
    let variance = first.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 2000
    #expect((mean - 1.5).magnitude < 0.1 && (variance - 0.125).magnitude < 0.05)
    #expect((second.reduce(0, +) / 2000 - 1).magnitude < 0.1)
    let weights = draws.logWeights
    let logZ = weights.reduce(0, +) / 2000
    #expect((logZ + 1.3466).magnitude < 0.15, "\(logZ)")
    #expect(weights.allSatisfy { ($0 - logZ).magnitude < 4 })
    let set = run.trainer.parameters
    let factor = set.entries.first { $0.name == "posterior.score.1.bias" }
    let usesScore = start == "correction" || posterior.langevin == "on"
    #expect((factor != nil) == usesScore)
    if let factor { #expect(set.values[factor.parameter.offset].magnitude > 0.01) }
  }

  @Test("refuses what it cannot learn")
  func refusals() throws {
    let folder = try ScratchFolder()
    _ = try prior(folder)
    let file = JSONValue.string(folder("prior.safetensors"))
    for (changes, key) in [
      (["objective": "path-kl"], "objective"),
      (["objective": "detailed-balance"], "objective"),
      (
        [
          "prior": ["run": file, "initialize": "correction"],
          "denoising": ["network": ["kind": "closed-form"]],
        ], "network.kind"
      ),
      (["prior": ["run": file, "back_and_forth": 2]], "prior.back_and_forth"),
    ] as [(JSONValue, String)] {
      #expect {
        _ = try posterior(folder, measured(), changes)
      } throws: { error in
        "\(error)".contains(key)
      }
    }
  }
}
