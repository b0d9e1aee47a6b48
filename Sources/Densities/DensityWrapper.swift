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

/// A kind of density that is made of another one.
struct DensityWrapperRow: Sendable {
  /// Its row in the catalogue, where the base is named by a setting.
  let entry: Catalog<any Density>.Entry
  /// Makes it of an open base, from overrides of the defaults.
  let wrap: @Sendable (any Density, JSONValue) throws -> any Density

  init(_ name: String, _ summary: String, _ defaults: some DensityWrapper) {
    entry = .init(name, summary, references: [], defaults, { try $0.open() })
    wrap = { base, overrides in try resolve(defaults, overrides: overrides).wrap(base) }
  }
}

/// The densities that are made of others.
let densityWrappers: [DensityWrapperRow] = [
  .init("affine", "Another density, shifted and scaled, or under a matrix.", AffineWrapper()),
  .init(
    "whitened", "Another density in coordinates of mean 0 and unit covariance.", WhitenedWrapper()),
  .init("positive", "A density of positive numbers, in their logarithms.", PositiveWrapper()),
  .init(
    "ratio", "One density over another: the constraint that makes the second a prior of the first.",
    RatioWrapper()),
  .init("tempered", "A power of another density, flatter or more peaked.", TemperedWrapper()),
]
