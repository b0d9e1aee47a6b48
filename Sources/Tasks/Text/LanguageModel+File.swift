import Storage
import Tensors

extension LanguageModel {
  private static let format = "tightrope-language-1"

  /// What a file says of a model beside its parameters.
  private struct Description: Codable {
    var names: [String]
    var unit: TokenUnit
    var length: Int
    var config: LanguageModelConfig
  }

  /// Writes a safetensors file, all or nothing.
  /// - Throws: `StorageError`.
  public func write(to path: String) throws(StorageError) {
    let description = Description(
      names: vocabulary.names, unit: vocabulary.unit, length: length - 1, config: config)
    guard let model = try? ConfigEncoder().encode(description).compact else {
      preconditionFailure("a description of texts and numbers")
    }
    var file = SafetensorsFile(metadata: ["format": Self.format, "model": model])
    for entry in parameters.entries {
      let values = UnsafeBufferPointer(
        start: parameters.values + entry.parameter.offset, count: entry.parameter.shape.count)
      file[entry.name] = StoredArray(Array(values), shape: entry.parameter.shape.array)
    }
    try file.write(to: path)
  }

  /// Reads a file of `write(to:)`.
  /// - Throws: `StorageError`.
  public convenience init(reading path: String) throws(StorageError) {
    let file = try SafetensorsFile(reading: path)
    func refuse(_ reason: String) -> StorageError {
      .malformed(path: path, format: "language model", reason: reason)
    }
    guard file.metadata["format"] == Self.format, let text = file.metadata["model"] else {
      throw refuse("it is a safetensors file of something else")
    }
    let description: Description
    do {
      description = try ConfigDecoder().decode(Description.self, from: JSONValue(parsing: text))
      try description.config.validate()
    } catch { throw refuse("\(error)") }
    guard description.names.first == Vocabulary.endName, (1...4096).contains(description.length)
    else { throw refuse("a vocabulary without an end, or no length") }
    self.init(
      Vocabulary(Array(description.names.dropFirst()), unit: description.unit),
      length: description.length, description.config)
    for entry in parameters.entries {
      let values = try file.floats(entry.name, shape: entry.parameter.shape.array)
      (parameters.values + entry.parameter.offset).update(from: values, count: values.count)
    }
    parameters.refreshTransposes()
  }
}
