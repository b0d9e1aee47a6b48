import Storage
import Testing

enum Activation: String, Codable, CaseIterable { case relu, gelu, silu }
enum Mode: String, Codable { case fast, slow }
enum Schedule: Codable, Equatable { case constant, cosine(from: Double, to: Double) }

struct Network: Codable, Equatable {
  var width = 64
  var activation = Activation.gelu
  var rate: Float = 0.1
  var dropout: Double? = nil
}

struct Everything: Codable, Equatable {
  var network = Network()
  var layers = [Network(), Network(width: 32)]
  var seed: UInt64 = .max
  var byte: UInt8 = 7
  var limit = Double.infinity
  var isFast = true
  var mode = Mode.fast
  var schedule = Schedule.cosine(from: 1, to: 0)
  var names: [String: [Int]] = ["b": [1], "a": [], "c": [2, 3]]
  var holes: [Int?] = [1, nil, 3]
  var title: String? = nil
  var count: Int? = nil
  var isSet: Bool? = nil
  var small: Int8? = nil
  var big: UInt64? = nil
  var free: JSONValue = nil
}

@Suite("Config coding")
struct ConfigCodingTests {
  @Test("lists every key in order, absent ones as null")
  func keys() throws {
    let tree = try ConfigEncoder().encode(Everything())
    #expect(
      tree.object?.keys == [
        "network", "layers", "seed", "byte", "limit", "isFast", "mode", "schedule", "names",
        "holes", "title", "count", "isSet", "small", "big", "free",
      ])
    for key in ["title", "count", "isSet", "small", "big", "free"] { #expect(tree[key] == .null) }
    let network = #"{"width":64,"activation":"gelu","rate":0.1,"dropout":null}"#
    #expect(tree["network"]?.compact == network)
    #expect(tree["names"]?.object?.keys == ["a", "b", "c"])
    #expect(tree["seed"] == "18446744073709551615" && tree["limit"] == "inf")
  }

  @Test("reads back")
  func roundTrip() throws {
    var value = Everything()
    value.title = "x"
    value.small = -8
    value.free = ["a": [1, 2.5, "nan", ["b": nil]]]
    value.schedule = .constant
    let text = try ConfigEncoder().encode(value).pretty
    #expect(try ConfigDecoder().decode(Everything.self, from: JSONValue(parsing: text)) == value)
  }

  @Test("keeps the bits of floats and the digits short")
  func floats() throws {
    let floats: [Float] = [0.1, 1 / 3, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -0.0, .pi]
    let tree = try ConfigEncoder().encode(floats)
    let read = try ConfigDecoder().decode([Float].self, from: tree)
    #expect(read.map(\.bitPattern) == floats.map(\.bitPattern))
    #expect(tree.array?.first?.compact == "0.1")
  }

  @Test("takes whole numbers for integers and integers for numbers")
  func numbers() throws {
    let decoder = ConfigDecoder()
    #expect(try decoder.decode([Int].self, from: [5, 5.0]) == [5, 5])
    #expect(try decoder.decode([Double].self, from: [5, "-inf"]) == [5, -.infinity])
    #expect(try decoder.decode(Float.self, from: "inf") == .infinity)
  }

  @Test(
    "names path, expectation and value",
    arguments: [
      (#"{"width":5.5}"#, "'width' must be an integer, got the number 5.5"),
      (#"{"width":true}"#, "'width' must be an integer, got true"),
      (
        #"{"width":1e300}"#,
        "'width' must be from -9223372036854775808 to 9223372036854775807, got 1e+300"
      ),
      (#"{"width":"5"}"#, #"'width' must be an integer, got the string "5""#),
      (#"{"activation":"glu"}"#, "'activation' cannot be 'glu': did you mean 'gelu'?"),
      (
        #"{"activation":"tanhshrink"}"#,
        "'activation' cannot be 'tanhshrink': the choices are 'relu', 'gelu', 'silu'"
      ),
      (#"{"activation":3}"#, "'activation' must be a string, got the number 3"),
      (#"{"rate":1e40}"#, "'rate' must be from -3.4028235e+38 to 3.4028235e+38, got 1e+40"),
      (#"{"rate":false}"#, "'rate' must be a number, got false"),
      (#"{"dropout":[1]}"#, "'dropout' must be a number, got a list"),
      (#"{"width":null}"#, "'width' must be an integer, got null"),
    ])
  func errors(change: String, message: String) throws {
    var tree = try #require(try ConfigEncoder().encode(Network()).object)
    let entry = try #require(try JSONValue(parsing: change).object?.entries.first)
    tree[entry.key] = entry.value
    let error = try #require(throws: ConfigError.self) {
      try ConfigDecoder().decode(Network.self, from: .object(tree))
    }
    #expect(error.description == message)
  }

  @Test("names the way through tables and lists")
  func nestedErrors() throws {
    func message<Value: Decodable>(_ type: Value.Type, _ tree: JSONValue) throws -> String {
      try #require(throws: ConfigError.self) {
        try ConfigDecoder().decode(type, from: tree)
      }.description
    }
    #expect(
      try message([String: [Network]].self, ["a": [["width": 1]]])
        == "key 'a[0].activation' is missing")
    #expect(try message([[Int]].self, [[1], [2, "x"]]).hasPrefix("'[1][1]' must be an integer"))
    #expect(try message(Mode.self, "fats").hasPrefix("the config is invalid: "))
    #expect(try message([Int].self, 3) == "the config must be a list, got the number 3")
    #expect(try message([UInt8].self, [256]) == "'[0]' must be from 0 to 255, got 256")
    let seeds = "'[0]' must be from 0 to 18446744073709551615, got -1"
    #expect(try message([UInt64].self, [-1]) == seeds)
    #expect(try message([Int].self, ["18446744073709551615"]).hasPrefix("'[0]' must be"))
    #expect(try message(Schedule.self, ["cosine": ["from": 1]]) == "key 'cosine.to' is missing")
  }
}

@Suite("An overlay")
struct OverlayTests {
  func resolved(_ overrides: JSONValue) throws -> Everything {
    try resolve(Everything(), overrides: overrides)
  }

  @Test("replaces what it names and keeps the rest")
  func replaces() throws {
    let result = try resolved([
      "network": ["width": 128.0, "dropout": 0.5], "holes": [nil], "limit": 3, "free": [1],
      "title": "t", "seed": "18446744073709551614", "byte": 0,
    ])
    var expected = Everything()
    expected.network.width = 128
    expected.network.dropout = 0.5
    expected.holes = [nil]
    expected.limit = 3
    expected.free = [1]
    expected.title = "t"
    expected.seed = .max - 1
    expected.byte = 0
    #expect(result == expected)
    #expect(try resolved([:]) == Everything())
  }

  @Test("takes integers beyond 63 bits over smaller ones")
  func bigInteger() throws {
    struct Seeded: Codable { var seed: UInt64 = 0 }
    #expect(try resolve(Seeded(), overrides: ["seed": "18446744073709551615"]).seed == .max)
    #expect(throws: ConfigError.self) { try resolve(Seeded(), overrides: ["seed": "12"]) }
  }

  @Test("lets null unset an optional")
  func null() throws {
    #expect(try resolve(Network(dropout: 0.5), overrides: ["dropout": nil]).dropout == nil)
  }

  @Test(
    "refuses unknown keys and changed types",
    arguments: [
      (["network": ["widht": 1]], "unknown key 'network.widht': did you mean 'network.width'?"),
      (["netwrok": 1], "unknown key 'netwrok': did you mean 'network'?"),
      (["activation": "gelu"], "unknown key 'activation': did you mean 'network.activation'?"),
      (
        ["network": ["zzzzzz": 1]],
        "unknown key 'network.zzzzzz': the keys here are 'width', 'activation', 'rate', 'dropout'"
      ),
      (["network": ["width": "a"]], #"'network.width' must be an integer, got the string "a""#),
      (["network": ["width": 5.5]], "'network.width' must be an integer, got the number 5.5"),
      (["network": 5], "'network' must be a table, got the number 5"),
      (["isFast": 1], "'isFast' must be true or false, got the number 1"),
      (["network": ["rate": true]], "'network.rate' must be a number, got true"),
      (["holes": ["a": 1]], "'holes' must be a list, got a table"),
      (["mode": 3], "'mode' must be a string, got the number 3"),
      (["network": ["width": nil]], "'network.width' must be an integer, got null"),
      (
        ["network": ["activation": "rleu"]],
        "'network.activation' cannot be 'rleu': did you mean 'relu'?"
      ),
    ] as [(JSONValue, String)])
  func refuses(overrides: JSONValue, message: String) throws {
    let error = try #require(throws: ConfigError.self) { try resolved(overrides) }
    #expect(error.description == message)
  }

  @Test(
    "keeps the types of a tree that nothing decodes",
    arguments: [
      (true, 1), ("a", true), ([], [:]), ([:], []), (1, 1.5), (1, "inf"), (1.5, "a"), ("a", 1),
    ] as [(JSONValue, JSONValue)])
  func types(old: JSONValue, new: JSONValue) {
    #expect(throws: ConfigError.self) { try overlay(["k": old], with: ["k": new]) }
    #expect(throws: Never.self) { try overlay(["k": nil], with: ["k": new]) }
  }

  @Test("reads settings as JSON, else as text")
  func settings() throws {
    let tree = try JSONValue(settings: [
      "network.width=128", "network.activation=relu", "a=x=y", "b=", "c=[1,2]", "a=\"5\"",
    ])
    #expect(
      tree.compact
        == #"{"network":{"width":128,"activation":"relu"},"a":"5","b":"","c":[1,2]}"#)
    let error = try #require(throws: ConfigError.self) {
      try JSONValue(settings: ["a=1", "a.b=2"])
    }
    #expect(error.description == "'a' must be a table, got the number 1")
  }

  @Test("refuses settings without key or value", arguments: ["a", "=1", "a..b=1", ".a=1", ""])
  func malformed(setting: String) {
    #expect(throws: ConfigError.malformedSetting(setting)) { try JSONValue(settings: [setting]) }
  }
}

@Suite("The nearest name")
struct NearestNameTests {
  @Test(
    "is what is abbreviated, or a word of the name, where no spelling is near",
    arguments: [
      ("lr", "learning-rate"), ("LR", "learning-rate"), ("lrs", nil), ("num_steps", "steps"),
      ("steps_in_all", "steps"), ("l", nil), ("stepsize", nil),
    ] as [(String, String?)])
  func meaning(name: String, expected: String?) {
    let names = ["steps", "learning-rate", "log-likelihood-ratio"]
    #expect(nearestName(to: name, in: names) == expected)
  }

  @Test(
    "forgives typing errors only",
    arguments: [
      ("widht", "width"), ("Width", "width"), ("wdth", "width"), ("widthh", "width"),
      ("hieght", "height"), ("x", nil), ("depth", nil), ("", nil),
    ] as [(String, String?)])
  func nearest(name: String, expected: String?) {
    #expect(nearestName(to: name, in: ["width", "height", "rate"]) == expected)
  }

  @Test(
    "finds what a name may mean: the nearest, then those it is a part of, shortest first",
    arguments: [
      ("lgcp", ["fab/lgcp", "gfn/lgcp-tb"]), ("LGCP", ["fab/lgcp", "gfn/lgcp-tb"]),
      ("hmc", ["hmd", "hmc-long"]), ("hmd", ["hmd"]), ("hm", ["hmd"]), ("x", []),
      ("the-funnel-density", ["funnel"]),
    ] as [(String, [String])])
  func similar(name: String, expected: [String]) {
    let names = ["gfn/lgcp-tb", "fab/lgcp", "hmc-long", "hmd", "funnel"]
    #expect(similarNames(to: name, in: names) == expected)
  }
}
