import Samplers
import Storage

/// How much time an experiment may take.
public enum Preset: String, Codable, Sendable, CaseIterable {
  /// Seconds: enough to see that everything works, too little to learn anything.
  case smoke
  /// At most ten minutes a seed on two processors, tuned to come as far as possible in them.
  case laptop
  /// The published settings and numbers of iterations.
  case paper
}

/// The settings of a preset.
public struct PresetSettings: Codable, Sendable, Equatable {
  /// What is trained; the seed and the folder are given later.
  public var run = RunConfig()
  /// How it is judged.
  public var evaluation = EvaluationConfig()
  /// What is set of the density; empty for its defaults.
  public var density = JSONValue.object(JSONObject())

  /// The keys that are not as by default, each with its value.
  var changes: JSONValue {
    get throws {
      let encoder = ConfigEncoder()
      let differences = differences(
        between: try encoder.encode(self), and: try encoder.encode(PresetSettings()))
      return try differences.reduce(into: .object(JSONObject())) { tree, difference in
        try tree.set(difference.path, to: difference.first.compact)
      }
    }
  }
}
