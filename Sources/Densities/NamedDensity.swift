import Catalogs
import Storage
import Tasks

/// A density with what is needed to find it again: its name and configuration.
public struct NamedDensity: Sendable {
  /// The name of densities that are functions of the user's.
  public static let customName = "custom"

  /// Name in the catalogue, or `custom`.
  public let name: String
  /// Its whole configuration.
  public let config: JSONValue
  /// The density.
  public let density: any Density

  /// Opens a built-in density.
  /// - Throws: `ConfigError` for an unknown name, key or value.
  public init(_ name: String, config: JSONValue = .object(JSONObject())) throws {
    self.name = name
    density = try densities.entry(name).make(config)
    self.config = try Self.resolved(name, config)
  }

  /// The whole configuration of a built-in density, down to that of the densities it is made of.
  private static func resolved(_ name: String, _ config: JSONValue) throws -> JSONValue {
    let config = try overlay(densities.entry(name).defaults, with: config)
    guard var table = config.object else { return config }
    for key in ["base", "denominator"] {
      guard let other = table[key]?.string, let settings = table[key + "_settings"] else {
        continue
      }
      table[key + "_settings"] = try resolved(other, settings.object == nil ? [:] : settings)
    }
    return .object(table)
  }

  /// Opens a density that is made of another one: of a built-in base as if that were named in the
  /// configuration, of a density of the user's as one more of these.
  /// - Throws: `ConfigError` for a name of no such density, for an unknown key or value, and for a base in
  ///   the configuration too.
  public init(
    _ name: String, wrapping base: NamedDensity, config: JSONValue = .object(JSONObject())
  ) throws {
    guard let row = densityWrappers.first(where: { $0.entry.name == name }) else {
      throw ConfigError.invalid(
        path: "density", reason: "'\(name)' is not one that is made of another")
    }
    for key in ["base", "base_settings"] where config[key] != nil {
      throw ConfigError.invalid(path: key, reason: "the density is given already")
    }
    guard base.name == Self.customName else {
      var table = config.object ?? JSONObject()
      (table["base"], table["base_settings"]) = (.string(base.name), base.config)
      try self.init(name, config: .object(table))
      return
    }
    self.init(custom: try row.wrap(base.density, config))
  }

  /// Wraps a density of the user's.
  public init(custom density: any Density) {
    name = Self.customName
    config = .object(JSONObject())
    self.density = density
  }

  /// Writes the trained model in it to a file, and says which setting reads that.
  /// - Throws: `ConfigError` where there is none, and as `ModelledDensity.writeModel` does.
  @discardableResult
  public func writeModel(to path: String) throws -> String {
    guard let density = density as? any ModelledDensity else {
      throw ConfigError.invalid(
        path: "density", reason: "'\(name)' has no trained model in it that a file could hold")
    }
    try density.writeModel(to: path)
    return type(of: density).modelKey
  }

  /// The words of texts that are points, or of captions that are conditions; nil where there are none.
  private var vocabulary: Vocabulary? {
    if density is any CaptionedDensity { return ShapeCaption.vocabulary }
    return (density as? any TokenDensity)?.vocabulary
  }

  /// Name, configuration and abilities, for reports.
  public var description: JSONValue {
    let member = Family("densities", densities).members.first { $0.name == name }
    return [
      "name": .string(name),
      "summary": .string(member?.summary ?? "A function of the user's."), "config": config,
      "references": .array((member?.references ?? []).map { .string($0.description) }),
      "dimension": .integer(Int64(density.dimension)),
      "has_score": .bool(density is any DifferentiableDensity),
      "has_samples": .bool(density is any SamplableDensity),
      "log_normalizer": (density as? any NormalizedDensity).map { JSONValue($0.logNormalizer) }
        ?? .null,
      "modes": (density as? any MultimodalDensity).map { .integer(Int64($0.modeCount)) } ?? .null,
      "conditions": (density as? any ConditionalDensity).map { .integer(Int64($0.conditionCount)) }
        ?? .null,
      "training_conditions": (density as? any ConditionalDensity).map {
        .integer(Int64($0.trainingConditions.count))
      } ?? .null,
      "captions": (density as? any CaptionedDensity).map {
        .array($0.captions.map { .string($0) })
      } ?? .null,
      "picture": (density as? any CaptionedDensity).map {
        .array($0.pictureShape.map { .integer(Int64($0)) })
      } ?? .null,
      "tokens": vocabulary.map { .array($0.names.map { .string($0) }) } ?? .null,
      "factors": (density as? any MultimodalDensity).map { .integer(Int64($0.factors)) } ?? .null,
    ]
  }
}
