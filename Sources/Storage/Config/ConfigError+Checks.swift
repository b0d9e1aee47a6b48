extension ConfigError {
  /// Throws unless a condition on the key at `path` holds.
  package static func require(
    _ holds: Bool, _ path: String, _ reason: String
  ) throws(ConfigError) {
    if !holds { throw .invalid(path: path, reason: reason) }
  }

  /// Throws unless the number at `path` is positive and finite.
  package static func requirePositive(_ value: Double, _ path: String) throws(ConfigError) {
    try require(value > 0 && value.isFinite, path, "it must be positive and finite")
  }

  /// The same error for a config that is the value of a key of another.
  package func under(_ key: String) -> ConfigError {
    func inside(_ path: String) -> String { path.isEmpty ? key : key + "." + path }
    switch self {
    case .unknownKey(let path, let suggestion, let known):
      return .unknownKey(path: inside(path), suggestion: suggestion.map(inside), known: known)
    case .missingKey(let path):
      return .missingKey(path: inside(path))
    case .wrongType(let path, let expected, let got):
      return .wrongType(path: inside(path), expected: expected, got: got)
    case .outOfRange(let path, let value, let range):
      return .outOfRange(path: inside(path), value: value, range: range)
    case .unknownChoice(let path, let value, let suggestion, let choices):
      return .unknownChoice(
        path: inside(path), value: value, suggestion: suggestion, choices: choices)
    case .invalid(let path, let reason):
      return .invalid(path: inside(path), reason: reason)
    case .malformedSetting:
      return self
    }
  }
}
