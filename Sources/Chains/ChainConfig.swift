import Storage

/// How points are drawn from a density without training.
public struct ChainConfig: Codable, Sendable, Equatable {
  /// Name of the method; "auto" for hmc where the density has a score, and random-walk elsewhere.
  public var method = ChainConfig.automatic
  /// Independent chains; of ais and smc, independent repeats.
  public var chains = 4
  /// Draws of each chain that are kept; of ais and smc, particles of each repeat.
  public var draws = 1000
  /// Steps in which step sizes, widths and temperatures are learned, and nothing is kept (Markov chains).
  public var warmUp = 1000
  /// Steps from one kept draw to the next (Markov chains).
  public var thin = 1
  /// Evaluations of log ρ to spend in all, shared out between warm-up and draws as these are, which are then as
  /// many as that gives; 0 for the steps as they are.
  public var energyCalls = 0
  /// Chains set out from N(0, σ² I); ais and smc begin with that distribution.
  public var startDeviation = 1.0
  /// The condition to draw from, where the density has conditions; -1 where it has none.
  public var condition = -1
  /// Decides every random number.
  public var seed: UInt64 = 0

  static let automatic = "auto"

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case method, chains, draws, thin, condition, seed
    case warmUp = "warm_up"
    case energyCalls = "energy_calls"
    case startDeviation = "start_deviation"
  }

  /// Checks every number.
  /// - Throws: `ConfigError` with the key.
  public func validate(dimension: Int) throws(ConfigError) {
    let most = 1_000_000_000
    try ConfigError.require(
      (1...1_000_000).contains(chains), "chains", "it must be from 1 to 1000000")
    try ConfigError.require((1...most).contains(draws), "draws", "it must be from 1 to \(most)")
    try ConfigError.require((0...most).contains(warmUp), "warm_up", "it must be from 0 to \(most)")
    try ConfigError.require((1...most).contains(thin), "thin", "it must be from 1 to \(most)")
    try ConfigError.require(energyCalls >= 0, "energy_calls", "it must not be negative")
    try ConfigError.require(
      (1e-6...1e6).contains(startDeviation), "start_deviation", "it must be from 1e-6 to 1e6")
    try ConfigError.require(
      energyCalls > 0 || Double(chains) * Double(draws) * Double(dimension) < 2e9, "draws",
      "\(draws) draws of \(chains) chains in \(dimension) dimensions are more than memory should hold"
    )
  }

  /// Refuses settings of Markov chains where there are none.
  func requireParticles() throws(ConfigError) {
    let defaults = ChainConfig()
    for (key, isDefault) in [("warm_up", warmUp == defaults.warmUp), ("thin", thin == 1)] {
      try ConfigError.require(isDefault, key, "the method '\(method)' has no such setting")
    }
  }
}
