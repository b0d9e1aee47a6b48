/// The language models that this process trained, so that each is trained once.
public enum LanguageModelCache {
  private struct Key: Hashable {
    let checksum: UInt64
    let config: LanguageModelConfig
  }

  private static let models = TrainedOnce<Key, LanguageModel>()

  /// The model of these texts, which takes a while the first time.
  /// - Throws: as the training does.
  public static func model(
    of texts: TokenSet, _ config: LanguageModelConfig
  ) throws -> LanguageModel {
    let key = Key(checksum: texts.checksum, config: config)
    return try models.model(key) { try LanguageModel(of: texts, config) }
  }
}
