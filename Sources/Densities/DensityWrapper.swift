import Catalogs
import Storage

/// The settings of a density that is made of another one, its base.
public protocol DensityWrapper: Codable, Sendable {
  /// Name of the base.
  var base: String { get }
  /// Settings of the base.
  var baseSettings: JSONValue? { get }
  /// The density made of an open base.
  /// - Throws: `ConfigError` for settings that do not fit it.
  func wrap(_ base: any Density) throws(ConfigError) -> any Density
}

extension DensityWrapper {
  /// Opens the base by its name, and wraps it.
  func open() throws -> any Density {
    let entry = try densities.entry(base, at: "base")
    let density: any Density
    do {
      density = try entry.make(baseSettings ?? .object(JSONObject()))
    } catch let error as ConfigError {
      throw error.under("base_settings")
    }
    return try wrap(density)
  }
}

extension Catalog.Entry where Product == any Density {
  /// The row of a density that is made of another one.
  init(
    _ name: String, _ summary: String, references: [Reference] = [],
    wrapping defaults: some DensityWrapper
  ) {
    self.init(name, summary, references: references, defaults, { try $0.open() })
  }
}
