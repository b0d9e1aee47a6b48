import Storage

/// Sizes of a network that says how well a picture agrees with a caption, and how it is trained.
public struct AgreementConfig: Codable, Sendable, Hashable {
  /// Channels of the first convolution; the second has twice as many.
  public var channels = 8
  /// Numbers that describe a picture.
  public var features = 64
  /// Numbers that pictures and captions are compared by.
  public var width = 32
  /// Steps of training.
  public var steps = 600
  /// Preferences of a step.
  public var batchSize = 64
  /// Learning rate of Adam.
  public var learningRate = 2e-3
  /// s: of two pictures the one with one right attribute more is preferred with the chance 1 / (1 + exp(-s)).
  public var certainty = 1.5
  /// The most noise that is added to pictures in training, in units of half the range of pixels; each has a part of
  /// it drawn anew.
  public var noise = 0.3
  /// Decides initial parameters, preferences and noise.
  public var seed: UInt64 = 0

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case channels, features, width, steps, certainty, noise, seed
    case batchSize = "batch_size"
    case learningRate = "learning_rate"
  }

  /// Checks every number.
  /// - Throws: `ConfigError`.
  public func validate() throws(ConfigError) {
    for (key, count, most) in [
      ("channels", channels, 1000), ("features", features, 10_000), ("width", width, 10_000),
      ("steps", steps, 10_000_000), ("batch_size", batchSize, 1_000_000),
    ] {
      try ConfigError.require((1...most).contains(count), key, "it must be from 1 to \(most)")
    }
    try ConfigError.requirePositive(learningRate, "learning_rate")
    for (key, value) in [("certainty", certainty), ("noise", noise)] {
      try ConfigError.require(value >= 0 && value.isFinite, key, "it must not be negative")
    }
  }
}
