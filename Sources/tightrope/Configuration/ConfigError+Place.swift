import Storage

extension ConfigError {
  /// The same error about a config that lies under a key of another one.
  func within(_ prefix: String) -> ConfigError {
    func longer(_ path: String) -> String { path.isEmpty ? prefix : prefix + "." + path }
    return switch self {
    case .unknownKey(let path, let suggestion, let known):
      .unknownKey(path: longer(path), suggestion: suggestion.map(longer), known: known)
    case .missingKey(let path): .missingKey(path: longer(path))
    case .wrongType(let path, let expected, let got):
      .wrongType(path: longer(path), expected: expected, got: got)
    case .outOfRange(let path, let value, let type):
      .outOfRange(path: longer(path), value: value, type: type)
    case .unknownChoice(let path, let value, let suggestion, let choices):
      .unknownChoice(path: longer(path), value: value, suggestion: suggestion, choices: choices)
    case .invalid(let path, let reason): .invalid(path: longer(path), reason: reason)
    case .malformedSetting: self
    }
  }
}

/// Runs `body` and says where the config came from if it is refused: a file or an option.
func naming<Result>(_ source: String?, _ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let error as ConfigError {
    guard let source else { throw error }
    throw UsageError("\(source): \(error)")
  }
}
