import Samplers
import Storage

/// Methods on densities, each at the same number of density evaluations.
public struct SuiteConfig: Sendable, Equatable {
  /// What its results are called.
  public var name = "suite"
  /// Density evaluations that training or chains may take, for each method, density and seed.
  public var energyCalls = 1_000_000
  /// Number of seeds.
  public var seeds = 1
  /// The densities.
  public var densities: [SuiteDensity] = []
  /// The methods.
  public var methods: [SuiteMethod] = []
  /// How draws are judged.
  public var evaluation = EvaluationConfig()

  /// What a file says, as a tree.
  /// - Throws: `ConfigError` with the offending key's path.
  public init(_ tree: JSONValue) throws {
    let scalars = try resolve(
      Scalars(), overrides: .object(tree.leaving(["densities", "methods"])))
    (name, energyCalls, seeds) = (scalars.name, scalars.energyCalls, scalars.seeds)
    evaluation = scalars.evaluation
    densities = try Self.list(tree["densities"], "densities") {
      try resolve(SuiteDensity(), overrides: $0)
    }
    methods = try Self.list(tree["methods"], "methods") {
      try resolve(SuiteMethod(), overrides: $0)
    }
    try validate()
  }

  /// The keys that stand alone.
  private struct Scalars: Codable {
    var name = "suite"
    var energyCalls = 1_000_000
    var seeds = 1
    var evaluation = EvaluationConfig()

    enum CodingKeys: String, CodingKey {
      case name, seeds, evaluation
      case energyCalls = "energy_calls"
    }
  }

  /// A list of tables; a text is one with a name.
  private static func list<Element>(
    _ value: JSONValue?, _ key: String, _ make: (JSONValue) throws -> Element
  ) throws -> [Element] {
    guard case .array(let entries)? = value, !entries.isEmpty else {
      throw ConfigError.invalid(path: key, reason: "it must be a list of at least one")
    }
    return try entries.enumerated().map { index, entry in
      do {
        return try make(entry.string.map { ["name": .string($0)] } ?? entry)
      } catch let error as ConfigError {
        throw error.under("\(key).\(index)")
      }
    }
  }

  private func validate() throws {
    try ConfigError.require(
      (1...1_000_000_000_000).contains(energyCalls), "energy_calls", "it must be at least 1")
    try ConfigError.require((1...1000).contains(seeds), "seeds", "it must be from 1 to 1000")
    try requireNames(densities.map(\.shown), "densities")
    try requireNames(methods.map(\.name), "methods")
  }

  private func requireNames(_ names: [String], _ key: String) throws(ConfigError) {
    for (index, name) in names.enumerated() {
      try ConfigError.require(!name.isEmpty, "\(key).\(index).name", "there must be one")
      try ConfigError.require(
        !names[..<index].contains(name), "\(key).\(index).name", "'\(name)' is there twice")
    }
  }

  /// All cells, those of one density side by side.
  public var cells: [SuiteCell] {
    densities.flatMap { density in
      methods.flatMap { method in
        (0..<seeds).map {
          SuiteCell(suite: self, density: density, method: method, seed: UInt64($0))
        }
      }
    }
  }
}

/// A density of a suite.
public struct SuiteDensity: Codable, Sendable, Equatable {
  /// Its name in the catalogue.
  public var name = ""
  /// What tables call it; empty for its name.
  public var label = ""
  /// Its settings; null for none.
  public var settings = JSONValue.null

  /// What tables call it.
  public var shown: String { label.isEmpty ? name : label }
}

/// A method of a suite.
public struct SuiteMethod: Codable, Sendable, Equatable {
  /// What tables call it.
  public var name = ""
  /// What it is.
  public var kind = SuiteMethodKind.train
  /// Settings: of the run, or of the chains; null for none.
  public var settings = JSONValue.null
  /// Further settings for densities, by what tables call them.
  public var settingsFor = JSONValue.null

  enum CodingKeys: String, CodingKey {
    case name, kind, settings
    case settingsFor = "settings_for"
  }
}

/// What a method of a suite is.
public enum SuiteMethodKind: String, Codable, Sendable, CaseIterable {
  /// A diffusion sampler: the budget is spent in training.
  case train
  /// Markov chains: the budget is spent in all of their steps.
  case chains
}

extension JSONValue {
  /// The entries of an object without some.
  func leaving(_ keys: [String]) -> JSONObject {
    JSONObject((object?.entries ?? []).filter { !keys.contains($0.key) }.map { ($0.key, $0.value) })
  }

  /// The entries of an object with those of another put over them, table by table; null adds nothing.
  func merged(with other: JSONValue) -> JSONValue {
    if other == .null { return self }
    guard var table = object, let over = other.object else { return other }
    for entry in over.entries {
      table[entry.key] = table[entry.key]?.merged(with: entry.value) ?? entry.value
    }
    return .object(table)
  }
}
