import Storage

/// Sizes of a variational autoencoder, and how it is trained.
public struct VAEConfig: Codable, Sendable, Hashable {
  /// d, the numbers of a code.
  public var latent = 20
  /// Width of the hidden layers.
  public var hidden = 400
  /// Passes over the images.
  public var epochs = 50
  /// Images of a step.
  public var batchSize = 128
  /// Learning rate of Adam.
  public var learningRate = 1e-3
  /// Decides initial parameters, the order of images and the noise of codes.
  public var seed: UInt64 = 0

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case latent, hidden, epochs, seed
    case batchSize = "batch_size"
    case learningRate = "learning_rate"
  }

  /// Throws where a number makes no sense.
  /// - Throws: `ConfigError`.
  public func validate() throws(ConfigError) {
    let counts = [
      ("latent", latent, 1000), ("hidden", hidden, 10_000), ("epochs", epochs, 100_000),
      ("batch_size", batchSize, 1_000_000),
    ]
    for (key, count, most) in counts {
      try ConfigError.require((1...most).contains(count), key, "it must be from 1 to \(most)")
    }
    try ConfigError.requirePositive(learningRate, "learning_rate")
  }
}
