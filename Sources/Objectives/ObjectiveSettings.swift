import Catalogs
import Storage

/// The settings of all objectives side by side; one that the chosen objective does not have must keep
/// its default.
public struct ObjectiveSettings: Codable, Sendable, Equatable {
  /// The base λ of the weights (sub-trajectory balance).
  public var lambda = SubTrajectoryConfig().lambda

  /// Adjacent paths whose log-weights are compared; 0 for all (log-variance).
  public var groupSize = LogVarianceConfig().groupSize

  /// What the squared log-ratio of paths counts (reinforce).
  public var klWeight = ReinforceConfig().klWeight

  /// What paths are rewarded for (reinforce).
  public var reward = ReinforceConfig().reward

  /// Whether rewards are divided by their deviation (reinforce).
  public var whitens = ReinforceConfig().whitens

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case lambda, reward, whitens
    case klWeight = "kl_weight"
    case groupSize = "group_size"
  }

  /// The objective of a name.
  /// - Throws: `ConfigError`.
  public func make(_ name: String) throws -> any PathObjective {
    try objectives.make(
      name, at: "name", from: tree(of: self), defaults: tree(of: ObjectiveSettings()))
  }

  private func tree(of settings: ObjectiveSettings) throws -> JSONObject {
    try ConfigEncoder().encode(settings).object ?? JSONObject()
  }
}
