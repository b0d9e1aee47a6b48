/// A density with a trained model in it, which a setting of its can read from a file in place of the training.
public protocol ModelledDensity: Density {
  /// The setting that names such a file.
  static var modelKey: String { get }

  /// Writes the model as a safetensors file, all or nothing; one that waits to be asked for is trained first.
  /// - Throws: `StorageError`, `NumericalError` where the training diverges, and what a listener of `Preparation`
  ///   throws.
  func writeModel(to path: String) throws
}

extension VAEPosteriors: ModelledDensity {
  /// `decoder`.
  public static var modelKey: String { "decoder" }

  /// Writes the decoder.
  public func writeModel(to path: String) throws { try decoder.write(to: path) }
}

extension VAEPosterior: ModelledDensity {
  /// `decoder`.
  public static var modelKey: String { VAEPosteriors.modelKey }

  /// Writes the decoder.
  public func writeModel(to path: String) throws { try all.writeModel(to: path) }
}

extension FileTexts: ModelledDensity {
  /// `model`.
  public static var modelKey: String { "model" }

  /// Writes the language model.
  public func writeModel(to path: String) throws { try source.model().write(to: path) }
}

extension TextEnding: ModelledDensity {
  /// `model`.
  public static var modelKey: String { "model" }

  /// Writes the language model.
  public func writeModel(to path: String) throws { try model.write(to: path) }
}

extension GrammarEnding: ModelledDensity {
  /// `model`.
  public static var modelKey: String { TextEnding.modelKey }

  /// Writes the language model.
  public func writeModel(to path: String) throws { try constraint.writeModel(to: path) }
}
