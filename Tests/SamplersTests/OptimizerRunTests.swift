import Densities
import Optimizers
import Samplers
import Storage
import TestSupport
import Testing
import Training

/// One row of the optimisers with one of the schedules.
struct OptimizerChoice: Sendable, CustomTestStringConvertible {
  let optimizer, schedule: String
  var testDescription: String { "\(optimizer), \(schedule)" }

  static let all = optimizers.names.flatMap { optimizer in
    schedules.names.map { OptimizerChoice(optimizer: optimizer, schedule: $0) }
  }

  /// Settings under which every schedule matters within a dozen steps, and each gradient is clipped.
  var settings: JSONValue {
    let own: [String: JSONValue] = [
      "cosine": ["decay_fraction": 1], "linear": ["decay_fraction": 1],
      "step": ["drop_every": 3], "inverse-square-root": ["timescale": 2],
      "plateau": ["plateau_window": 1, "plateau_patience": 0],
    ]
    let common: JSONValue = [
      "name": .string(optimizer), "schedule": .string(schedule), "clip_norm": 0.5,
      "warm_up_steps": 2, "weight_decay": 0.01,
    ]
    return common.replacing(own[schedule] ?? [:])
  }
}

@Suite("A run with any optimiser and schedule")
struct OptimizerRunTests {
  func run(_ optimizer: JSONValue, _ others: JSONValue = [:], threads: Int = 2) throws -> Run {
    let changes: JSONValue = ["optimizer": optimizer]
    return try smallRun(nil, changes.replacing(others), threads: threads)
  }

  func checksum(_ optimizer: JSONValue, threads: Int = 2) throws -> String {
    let run = try run(optimizer, threads: threads)
    try run.train()
    return run.checksum
  }

  @Test("resumes to the bits of never having stopped", arguments: OptimizerChoice.all)
  func resuming(_ choice: OptimizerChoice) throws {
    let folder = try ScratchFolder()
    let whole = try run(choice.settings)
    try whole.train()
    let first = try run(choice.settings, ["out": .string(folder("run"))])
    #expect(throws: Cancelled.self) { try first.train(Stop(inside: 8)) }
    let second = try run(choice.settings, ["out": .string(folder("run")), "resume": true])
    #expect(second.stepsDone == 7 && second.config.optimizer == whole.config.optimizer)
    try second.train()
    #expect(second.checksum == whole.checksum)
    // The step that was cut short counts among the density's evaluations.
    #expect(second.history.map(\.loss) == whole.history.map(\.loss))
    #expect(second.history.map(\.gradientNorm) == whole.history.map(\.gradientNorm))
    #expect(try Run.load(folder("run")).checksum == whole.checksum)
  }

  @Test("has the same bits on any number of threads", arguments: optimizers.names)
  func threads(_ name: String) throws {
    let choice = OptimizerChoice(optimizer: name, schedule: "plateau")
    let all = try [1, 3, 5].map { try checksum(choice.settings, threads: $0) }
    #expect(Set(all).count == 1)
  }

  @Test("moves by the bound times the learning rate where the gradient is longer")
  func clipping() throws {
    let folder = try ScratchFolder()
    let run = try run(
      [
        "name": "sgd", "clip_norm": 0.25, "learning_rate": 0.1, "log_z_learning_rate": 0.1,
        "schedule": "constant",
      ], ["steps": 1])
    let before = try parameters(of: run, folder)
    try run.train()
    #expect((run.history.last?.gradientNorm ?? 0) > 1)
    let moves = zip(try parameters(of: run, folder), before).map { $0 - $1 }
    let distance = moves.reduce(0) { $0 + $1 * $1 }.squareRoot()
    expect(distance, equals: 0.025, within: .relative(1e-5))
  }

  func parameters(of run: Run, _ folder: ScratchFolder) throws -> [Double] {
    try run.save(to: folder("saved"))
    let file = try SafetensorsFile(reading: folder("saved"), checksum: .required)
    return try file.entries.map(\.name).filter { $0.hasPrefix("parameters.") }.sorted().flatMap {
      try file.floats($0).map { Double($0) }
    }
  }

  @Test("differs from every other")
  func choices() throws {
    var seen = Set(try OptimizerChoice.all.map { try checksum($0.settings) })
    #expect(seen.count == OptimizerChoice.all.count)
    for other: JSONValue in [[:], ["clip_norm": 0.5], ["warm_up_steps": 2]] {
      #expect(seen.insert(try checksum(other)).inserted)
    }
    #expect(seen.insert(try checksum(["name": "sgd", "nesterov": true])).inserted)
  }

  @Test("is by default what it says, and as without a bound where that is never reached")
  func defaults() throws {
    #expect(try checksum([:]) == checksum(["clip_norm": 1]))
    #expect(try checksum(["clip_norm": 0]) == checksum(["clip_norm": 1e30]))
    #expect(try checksum([:]) == checksum(["name": "adam", "schedule": "linear"]))
    #expect(try checksum(["decay_fraction": 0]) == checksum(["schedule": "constant"]))
  }

  @Test("refuses an unknown name, with the nearest, and to resume with another optimiser")
  func refusals() throws {
    let error = #expect(throws: ConfigError.self) { try run(["schedule": "plateu"]) }
    #expect(
      error
        == .unknownChoice(
          path: "optimizer.schedule", value: "plateu", suggestion: "plateau",
          choices: schedules.names))
    #expect(throws: ConfigError.self) { try run(["name": "adagrad"]) }
    let negative = #expect(throws: ConfigError.self) { try run(["clip_norm": -1]) }
    guard case .invalid("optimizer.clip_norm", _) = try #require(negative) else {
      return #expect(Bool(false))
    }
    let folder = try ScratchFolder()
    try run([:], ["out": .string(folder("run")), "steps": 2]).train()
    let changed = #expect(throws: ConfigError.self) {
      try run(["name": "adamw"], ["out": .string(folder("run")), "resume": true])
    }
    guard case .invalid("optimizer.name", _) = try #require(changed) else {
      return #expect(Bool(false))
    }
  }
}
