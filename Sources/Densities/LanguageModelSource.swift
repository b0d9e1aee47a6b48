import Storage
import Tasks

/// A language model of some texts, from a file or trained when it is first asked for.
struct LanguageModelSource: Sendable {
  private let texts: TokenSet
  private let training: LanguageModelConfig
  private let known: LanguageModel?

  /// - Throws: `ConfigError` for a file that cannot be read or knows other tokens or shorter texts, and for
  ///   settings that make no sense.
  init(_ texts: TokenSet, file: String, _ training: LanguageModelConfig) throws(ConfigError) {
    (self.texts, self.training) = (texts, training)
    guard !file.isEmpty else {
      do throws(ConfigError) { try training.validate() } catch { throw error.under("training") }
      known = nil
      return
    }
    do throws(StorageError) {
      known = try LanguageModel(reading: file)
    } catch {
      throw .invalid(path: "model", reason: "\(error)")
    }
    try ConfigError.require(
      known?.vocabulary == texts.vocabulary, "model", "it has other tokens than the texts")
    try ConfigError.require(
      (known?.length ?? 0) > texts.length, "model", "it was trained on shorter texts")
  }

  /// The model.
  /// - Throws: `NumericalError` where its training diverges.
  func model() throws -> LanguageModel {
    try known ?? LanguageModelCache.model(of: texts, training)
  }
}

extension TextConfig {
  /// The rows; errors name the keys below another.
  func open(under key: String) throws(ConfigError) -> TokenSet {
    do throws(ConfigError) { return try open() } catch { throw error.under(key) }
  }
}
