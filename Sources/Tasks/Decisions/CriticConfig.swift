import Storage

/// Sizes of critics that are learned from transitions, and how.
public struct CriticConfig: Codable, Sendable, Hashable {
  /// Columns of the two hidden layers.
  public var width = 256
  /// Steps of training.
  public var steps = 20_000
  /// Transitions of a step.
  public var batchSize = 256
  /// Learning rate of Adam.
  public var learningRate = 3e-4
  /// τ: V is the τ-expectile of Q over the actions of the data; nearer to 1, nearer to the best of them.
  public var expectile = 0.7
  /// γ, what the next state's value counts.
  public var discount = 0.99
  /// The share of the difference by which the critics that V learns from follow.
  public var targetRate = 0.005
  /// Decides initial parameters and batches.
  public var seed: UInt64 = 0

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case width, steps, expectile, discount, seed
    case batchSize = "batch_size"
    case learningRate = "learning_rate"
    case targetRate = "target_rate"
  }

  /// Checks every number.
  /// - Throws: `ConfigError`.
  public func validate() throws(ConfigError) {
    for (key, count, most) in [
      ("width", width, 8192), ("steps", steps, 100_000_000), ("batch_size", batchSize, 1_000_000),
    ] {
      try ConfigError.require((1...most).contains(count), key, "it must be from 1 to \(most)")
    }
    try ConfigError.requirePositive(learningRate, "learning_rate")
    try ConfigError.require(
      expectile > 0 && expectile < 1, "expectile", "it must be from 0 to 1, exclusive")
    try ConfigError.require((0..<1).contains(discount), "discount", "it must be from 0 to below 1")
    try ConfigError.require(
      targetRate > 0 && targetRate <= 1, "target_rate", "it must be above 0 and at most 1")
  }
}
