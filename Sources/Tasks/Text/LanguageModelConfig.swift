import Storage

/// Sizes of an autoregressive language model, and how it is trained.
public struct LanguageModelConfig: Codable, Sendable, Hashable {
  /// Columns of a place.
  public var width = 32
  /// Heads of attention.
  public var heads = 4
  /// Blocks.
  public var layers = 1
  /// Steps of training.
  public var steps = 400
  /// Texts of a step.
  public var batchSize = 64
  /// Learning rate of Adam at the start; it falls to zero.
  public var learningRate = 3e-3
  /// Decides initial parameters and which texts are drawn.
  public var seed: UInt64 = 0

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case width, heads, layers, steps, seed
    case batchSize = "batch_size"
    case learningRate = "learning_rate"
  }

  /// Throws where a number makes no sense.
  /// - Throws: `ConfigError`.
  public func validate() throws(ConfigError) {
    let counts = [
      ("width", width, 8192), ("heads", heads, 64), ("layers", layers, 64),
      ("steps", steps, 10_000_000), ("batch_size", batchSize, 1_000_000),
    ]
    for (key, count, most) in counts {
      try ConfigError.require((1...most).contains(count), key, "it must be from 1 to \(most)")
    }
    try ConfigError.require(
      width.isMultiple(of: heads), "heads", "the width must be a multiple of it")
    try ConfigError.requirePositive(learningRate, "learning_rate")
  }
}
