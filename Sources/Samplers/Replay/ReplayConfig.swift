import Catalogs
import Storage

/// Which of the kept points a draw prefers.
///
/// Where points go with conditions, `reward` and `rank` prefer conditions with a large log Z, too; `uniform`
/// does not.
public enum ReplayPriority: String, Codable, Sendable, CaseIterable {
  /// None: all alike.
  case uniform
  /// The softmax of log ρ / temperature.
  case reward
  /// The weight 1 / (kN + rank), rank 0 for the highest log ρ.
  case rank
}

/// How many points a replay buffer keeps, and how it draws.
public struct ReplayConfig: Codable, Sendable, Equatable {
  /// Points kept; one more pushes out the oldest.
  public var capacity = 600_000
  /// Which points a draw prefers.
  public var priority = ReplayPriority.rank
  /// The temperature of the softmax, in nats (reward).
  public var temperature = 1.0
  /// k: the smaller, the more the highest ranks are preferred (rank).
  public var rankFlatness = 0.01

  /// Sources.
  public static let references = [
    Reference(
      "Tripp, Daxberger, Hernández-Lobato", 2020,
      "Sample-efficient optimization in the latent space of deep generative models via weighted "
        + "retraining", "arXiv:2006.09191, section 3.2"),
    Reference(
      "Sendera, Kim, Mittal, et al.", 2024,
      "Improved off-policy training of diffusion samplers", "arXiv:2402.05098, section 4"),
  ]

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case capacity, priority, temperature
    case rankFlatness = "rank_flatness"
  }

  /// Checks every number.
  /// - Throws: `ConfigError.invalid` with the key.
  public func validate() throws(ConfigError) {
    try ConfigError.require(
      (1...100_000_000).contains(capacity), "capacity", "it must be from 1 to 100000000")
    try ConfigError.requirePositive(temperature, "temperature")
    try ConfigError.require(
      (1e-9...1e9).contains(rankFlatness), "rank_flatness", "it must be from 1e-9 to 1e9")
  }
}

/// What a replay buffer cannot do.
public enum ReplayError: Error, Equatable, CustomStringConvertible {
  /// A draw from a buffer that holds no point yet.
  case empty

  /// One sentence for the user.
  public var description: String {
    "the replay buffer is empty: no finite point has been inserted, so none can be drawn"
  }
}
