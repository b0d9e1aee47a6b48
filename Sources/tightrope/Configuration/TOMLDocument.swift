import Storage

extension JSONValue {
  /// Reads a TOML file.
  /// - Throws: `StorageError` for a file that cannot be read, `UsageError` for text that is not TOML.
  init(readingTOML path: String) throws {
    let bytes = try readFile(path, limit: 16 << 20)
    do throws(TOMLSyntaxError) {
      self = try JSONValue(parsingTOML: bytes)
    } catch {
      throw UsageError("\(path):\(error.line):\(error.column): \(error.reason)")
    }
  }
}
