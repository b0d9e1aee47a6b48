import Catalogs
import Densities
import Samplers
import Storage

/// What to train, gathered from a file, settings and options, of which the later ones win.
///
/// A run that is taken up again begins from what it was saved with instead of the defaults.
struct TrainingPlan {
  /// A part of the configuration and where it stands, nil for options of the command line.
  private typealias Layer = (source: String?, tree: JSONValue)

  private var layers: [Layer] = []
  private var densityLayers: [Layer] = []
  private var densityName: String?

  /// - Parameters:
  ///   - density: Name of a density; wins over the file's.
  ///   - file: Path of a TOML file.
  ///   - options: Keys of the run's configuration that have an option of their own.
  init(
    density: String?, file: String?, settings: [String], densitySettings: [String],
    options: JSONObject
  ) throws {
    densityName = density
    if let file { try read(file) }
    layers.append(("--set", try naming("--set") { try JSONValue(settings: settings) }))
    layers.append((nil, .object(options)))
    let tree = try naming("--density-set") { try JSONValue(settings: densitySettings) }
    densityLayers.append(("--density-set", tree))
  }

  /// Takes the run's keys from a file, and its density where none is named yet or it is the same.
  private mutating func read(_ file: String) throws {
    var tree = try JSONValue(readingTOML: file).object ?? JSONObject()
    let entry = tree["density"]
    tree["density"] = nil
    layers.append((file, .object(tree)))
    guard let entry else { return }
    var table = entry.object ?? JSONObject([("name", entry)])
    guard let name = table["name"]?.string else {
      throw UsageError("\(file): 'density' must be a name, or a table with a name")
    }
    table["name"] = nil
    if densityName == nil { densityName = name }
    if densityName == name { densityLayers.append((file, .object(table))) }
  }

  /// The density and the complete configuration.
  func resolved() throws -> (density: NamedDensity, config: RunConfig) {
    let config = try config(over: RunConfig())
    let folder = RunFolder(path: config.out)
    if config.out.isEmpty {
      guard !config.resume else { throw UsageError("--resume needs --out, the folder of the run") }
    } else if folder.hasCheckpoint {
      guard config.resume else {
        throw UsageError(
          "'\(config.out)' holds a run already: add --resume to go on with it, "
            + "or choose another --out")
      }
      let saved = try Run.load(folder.path)
      return (try density(saved.density), try self.config(over: saved.config))
    }
    return (try density(nil), config)
  }

  private func config(over base: RunConfig) throws -> RunConfig {
    try layers.reduce(base) { config, layer in
      try naming(layer.source) { try resolve(config, overrides: layer.tree) }
    }
  }

  private func density(_ saved: NamedDensity?) throws -> NamedDensity {
    guard let name = densityName ?? saved?.name else {
      throw UsageError(
        "no density is named; 'tightrope list densities' shows them",
        help: "tightrope train --help")
    }
    let defaults = try densities.entry(name).defaults
    var config = (saved?.name == name ? saved?.config.object : nil) ?? JSONObject()
    for layer in densityLayers {
      try naming(layer.source) {
        try prefixing { _ = try overlay(defaults, with: layer.tree) }
      }
      config.merge(layer.tree.object ?? JSONObject())
    }
    return try prefixing { try NamedDensity(name, config: .object(config)) }
  }

  private func prefixing<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as ConfigError {
      throw error.under("density")
    }
  }
}

extension JSONObject {
  /// Takes over all keys of another table, and of tables in both those of the other.
  fileprivate mutating func merge(_ other: JSONObject) {
    for entry in other.entries {
      var value = entry.value
      if case .object(var table) = self[entry.key], case .object(let inner) = entry.value {
        table.merge(inner)
        value = .object(table)
      }
      self[entry.key] = value
    }
  }
}
