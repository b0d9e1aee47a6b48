import Catalogs
import Storage

/// A published row of a table, as the settings of a run: what to learn, how, and what came out.
///
/// It holds no code of its own; the one training loop and the one evaluation run it.
public struct Experiment: Sendable {
  /// The name users type: a paper, a density and a method.
  public let name: String
  /// One sentence.
  public let summary: String
  /// Sources.
  public let references: [Reference]
  /// Name of the density in the catalogue.
  public let density: String
  /// What was published, or what to compare with where the method is ours.
  public let published: [PublishedRow]
  /// Whether the method is our own, so that no paper has the row.
  public let isOurs: Bool
  /// In what the run differs from the published one whatever the preset, a sentence each.
  public let deviations: [String]
  /// The prior that is trained first, where there is one.
  var prior: PriorExperiment?
  /// The settings of each preset.
  let settings: @Sendable (Preset) -> PresetSettings

  /// Whether a prior is trained first.
  public var hasPrior: Bool { prior != nil }

  /// The settings of a preset.
  public func callAsFunction(_ preset: Preset) -> PresetSettings { settings(preset) }

  /// Density, published numbers, and what each preset sets, as one object.
  var description: JSONValue {
    var table = JSONObject([("density", .string(density)), ("ours", .bool(isOurs))])
    table["published"] = .object(JSONObject(published.map { ($0.label, $0.figureTable) }))
    for preset in Preset.allCases {
      table[preset.rawValue] = (try? settings(preset).changes) ?? .null
    }
    return .object(table)
  }
}
