/// The decoders that this process trained, so that each is trained once.
public enum DecoderCache {
  private struct Key: Hashable {
    let checksum: UInt64
    let sizes: [Int]
    let config: VAEConfig
  }

  private static let decoders = TrainedOnce<Key, VAEDecoder>()

  /// The decoder of an autoencoder trained on these images, which takes a while the first time.
  /// - Throws: as the training does.
  public static func decoder(of images: ImageSet, _ config: VAEConfig) throws -> VAEDecoder {
    let key = Key(
      checksum: images.checksum,
      sizes: [images.rows, images.columns, images.training.count], config: config)
    return try decoders.model(key) { try TrainedVAE(of: images, config).decoder }
  }
}
