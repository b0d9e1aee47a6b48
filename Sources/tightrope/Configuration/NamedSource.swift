import Storage

/// Runs `body` and says where the config came from if it is refused: a file or an option.
func naming<Result>(_ source: String?, _ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let error as ConfigError {
    guard let source else { throw error }
    throw UsageError("\(source): \(error)")
  }
}
