/// What is wrong with a config, with the dotted path of the key.
public enum ConfigError: Error, Equatable, Sendable {
  /// A key the defaults do not have; `known` lists its siblings.
  case unknownKey(path: String, suggestion: String?, known: [String])
  /// A required key that is absent.
  case missingKey(path: String)
  /// A value of another type than the config holds there.
  case wrongType(path: String, expected: String, got: String)
  /// A number its place cannot hold; `range` says which it can.
  case outOfRange(path: String, value: String, range: String)
  /// A text that is none of the choices.
  case unknownChoice(path: String, value: String, suggestion: String?, choices: [String])
  /// A value of the right type that makes no sense there.
  case invalid(path: String, reason: String)
  /// A setting that is not `key=value`.
  case malformedSetting(String)
}

extension ConfigError: CustomStringConvertible {
  /// One sentence for the user.
  public var description: String {
    switch self {
    case .unknownKey(let path, let suggestion, let known):
      "unknown key '\(path)'" + hint(suggestion, or: known, called: "keys here")
    case .missingKey(let path):
      "key '\(path)' is missing"
    case .wrongType(let path, let expected, let got):
      "\(place(path)) must be \(expected), got \(got)"
    case .outOfRange(let path, let value, let range):
      "\(place(path)) must be from \(range), got \(value)"
    case .unknownChoice(let path, let value, let suggestion, let choices):
      "\(place(path)) cannot be '\(value)'" + hint(suggestion, or: choices, called: "choices")
    case .invalid(let path, let reason):
      "\(place(path)) is invalid: \(reason)"
    case .malformedSetting(let text):
      "setting '\(text)' must read key=value"
    }
  }
}

private func place(_ path: String) -> String { path.isEmpty ? "the config" : "'\(path)'" }

private func hint(_ suggestion: String?, or names: [String], called kind: String) -> String {
  if let suggestion { return ": did you mean '\(suggestion)'?" }
  if names.isEmpty { return ": there are no \(kind)" }
  return ": the \(kind) are " + names.map { "'\($0)'" }.joined(separator: ", ")
}

extension JSONValue {
  /// The type as error messages name it: `a number`.
  var typeName: String {
    switch self {
    case .null: "null"
    case .bool: "true or false"
    case .integer: "an integer"
    case .number: "a number"
    case .string: "a string"
    case .array: "a list"
    case .object: "a table"
    }
  }

  /// The value as error messages show it: `the string "abc"`.
  var shown: String {
    switch self {
    case .null, .bool: compact
    case .integer, .number: "the number " + compact
    case .string: "the string " + compact
    case .array, .object: typeName
    }
  }
}
