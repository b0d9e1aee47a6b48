import Storage

/// Sizes of a classifier of images, and how it is trained.
public struct ClassifierConfig: Codable, Sendable, Hashable {
  /// Channels of the first convolution; the second has twice as many.
  public var channels = 16
  /// Numbers that the last layer reads: the features of an image.
  public var features = 64
  /// Passes over the images.
  public var epochs = 20
  /// Images of a step.
  public var batchSize = 64
  /// Learning rate of Adam.
  public var learningRate = 2e-3
  /// The most noise that is added to images in training, in units of half the range of pixels; each has a part of
  /// it drawn anew.
  public var noise = 0.3
  /// Decides initial parameters, the order of images and noise.
  public var seed: UInt64 = 0

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case channels, features, epochs, noise, seed
    case batchSize = "batch_size"
    case learningRate = "learning_rate"
  }

  /// Throws where a number makes no sense.
  /// - Throws: `ConfigError`.
  public func validate() throws(ConfigError) {
    let counts = [
      ("channels", channels, 1000), ("features", features, 10_000), ("epochs", epochs, 100_000),
      ("batch_size", batchSize, 1_000_000),
    ]
    for (key, count, most) in counts {
      try ConfigError.require((1...most).contains(count), key, "it must be from 1 to \(most)")
    }
    try ConfigError.requirePositive(learningRate, "learning_rate")
    try ConfigError.require(noise >= 0 && noise.isFinite, "noise", "it must not be negative")
  }
}
