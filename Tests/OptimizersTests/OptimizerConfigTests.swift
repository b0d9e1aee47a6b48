import Catalogs
import Optimizers
import Storage
import Testing

@Suite("The optimiser's configuration")
struct OptimizerConfigTests {
  func resolved(_ overrides: JSONValue) throws -> OptimizerConfig {
    let config = try resolve(OptimizerConfig(), overrides: overrides)
    try config.validate()
    return config
  }

  @Test("holds every setting of every rule and schedule, with their defaults")
  func settings() throws {
    let table = try ConfigEncoder().encode(OptimizerConfig()).object
    let rows = optimizers.entries.map(\.defaults) + schedules.entries.map(\.defaults)
    for entry in rows.flatMap({ $0.object?.entries ?? [] }) {
      #expect(table?[entry.key] == entry.value, "\(entry.key)")
    }
    let longer = table?.keys.filter { $0 != $0.lowercased() }
    #expect(longer == [])
  }

  @Test("survives being written and read, whatever is chosen")
  func roundTrip() throws {
    for name in optimizers.names {
      for schedule in schedules.names {
        let chosen: JSONValue = [
          "name": .string(name), "schedule": .string(schedule), "clip_norm": 2.5,
          "warm_up_steps": 7,
        ]
        let config = try resolved(chosen)
        let tree = try ConfigEncoder().encode(config)
        #expect(try ConfigDecoder().decode(OptimizerConfig.self, from: tree) == config)
        #expect(config.name == name && config.schedule == schedule && config.clipNorm == 2.5)
      }
    }
  }

  @Test(
    "refuses what makes no sense, with the key's path",
    arguments: [
      ("learning_rate", 0), ("log_z_learning_rate", -1), ("weight_decay", -1), ("clip_norm", -1),
      ("warm_up_steps", -1), ("epsilon", 0), ("moment_decay", 1), ("variance_decay", -0.5),
      ("decay_fraction", 1.5), ("rate_floor", -1), ("momentum", 0.5), ("timescale", 5),
    ] as [(String, Double)])
  func nonsense(_ key: String, _ value: Double) throws {
    let error = #expect(throws: ConfigError.self) {
      try resolved(.object(JSONObject([(key, JSONValue(value))])))
    }
    guard case .invalid(let path, _) = try #require(error) else { return #expect(Bool(false)) }
    #expect(path == key)
  }

  @Test(
    "refuses numbers of the chosen rule or schedule",
    arguments: [
      ["name": "sgd", "momentum": 1], ["name": "sgd", "nesterov": true, "momentum": 0],
      ["name": "adamw", "epsilon": -1], ["schedule": "inverse-square-root", "timescale": 0],
      ["schedule": "step", "drop_every": 0], ["schedule": "step", "drop_factor": 2],
      ["schedule": "plateau", "plateau_window": 0], ["schedule": "cosine", "rate_floor": 2],
      ["schedule": "plateau", "plateau_patience": -1],
      ["schedule": "plateau", "plateau_threshold": 2],
    ] as [JSONValue])
  func members(_ overrides: JSONValue) throws {
    let error = #expect(throws: ConfigError.self) { try resolved(overrides) }
    guard case .invalid(let path, _) = try #require(error) else { return #expect(Bool(false)) }
    #expect(overrides.object?[path] != nil)
  }

  @Test("names the nearest rule and schedule")
  func names() throws {
    #expect(
      throws: ConfigError.unknownChoice(
        path: "name", value: "adamm", suggestion: "adam", choices: optimizers.names)
    ) { try resolved(["name": "adamm"]) }
    #expect(
      throws: ConfigError.unknownChoice(
        path: "schedule", value: "plateu", suggestion: "plateau", choices: schedules.names)
    ) { try resolved(["schedule": "plateu"]) }
  }
}
