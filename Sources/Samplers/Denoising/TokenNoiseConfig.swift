import Diffusions
import Storage

/// What is particular to noise on tokens.
public struct TokenNoiseConfig: Codable, Sendable, Equatable {
  /// What the network says.
  public var prediction = TokenPrediction.tokens
  /// What it learns by.
  public var loss = TokenLoss.crossEntropy
  /// ε, the chance of a token to survive until all is noise.
  public var leastSurvival = 1e-3
  /// Whether the network is told the time; for masks the number of those says as much.
  public var knowsTime = false

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case prediction, loss
    case leastSurvival = "least_survival"
    case knowsTime = "knows_time"
  }

  /// Checks every number.
  /// - Throws: `ConfigError` with the key.
  func validate() throws(ConfigError) {
    try ConfigError.require(
      (1e-6...0.5).contains(leastSurvival), "least_survival", "it must be from 0.000001 to 0.5")
    try ConfigError.require(
      prediction == .tokens || loss == .scoreEntropy, "loss",
      "a network that says ratios learns by score-entropy")
  }
}
