import Storage

extension JSONValue {
  /// Reads a TOML file.
  /// - Throws: `StorageError` for a file that cannot be read, `UsageError` for text that is not TOML.
  init(readingTOML path: String) throws {
    do {
      self = try JSONValue(parsingTOML: readFile(path, limit: 16 << 20))
    } catch let error as TOMLSyntaxError {
      throw UsageError("\(path):\(error)")
    }
  }
}
