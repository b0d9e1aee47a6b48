/// Reads any `Decodable` value from a JSON tree.
///
/// An integer may be written 5 or 5.0 (or as a text of digits, see `ConfigEncoder`), a floating-point
/// number also as an integer or as `nan`, `inf`, `-inf`; true and false are not numbers.
package struct ConfigDecoder {
  package init() {}

  /// The value the tree describes.
  ///
  /// - Throws: `ConfigError` with the dotted path of the offending key.
  package func decode<Value: Decodable>(
    _ type: Value.Type, from tree: JSONValue
  ) throws -> Value {
    try ValueDecoder(value: tree, codingPath: []).decode(type)
  }
}

struct ValueDecoder: Decoder {
  let value: JSONValue
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    do {
      return try Value(from: self)
    } catch let error as DecodingError {
      throw configError(error, decoding: type)
    }
  }

  func container<Key>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .object(let object) = value else { throw wrongType("a table") }
    return KeyedDecodingContainer(KeyedDecoder(object: object, codingPath: codingPath))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .array(let array) = value else { throw wrongType("a list") }
    return UnkeyedDecoder(array: array, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueDecodingContainer {
    ScalarDecoder(decoder: self)
  }

  func wrongType(_ expected: String) -> ConfigError {
    .wrongType(path: dotted(codingPath), expected: expected, got: value.shown)
  }
}

// MARK: - Errors that Swift's synthesised initialisers throw

extension ValueDecoder {
  /// The same error in our words, with the choices when an enumeration has none of that name.
  private func configError<Value>(
    _ error: DecodingError, decoding type: Value.Type
  ) -> ConfigError {
    if let choices = choices(of: type), let got = value.string {
      return .unknownChoice(
        path: dotted(codingPath), value: got, suggestion: nearestName(to: got, in: choices),
        choices: choices)
    }
    switch error {
    case .typeMismatch(_, let context), .valueNotFound(_, let context),
      .keyNotFound(_, let context), .dataCorrupted(let context):
      return .invalid(path: dotted(context.codingPath), reason: context.debugDescription)
    @unknown default:
      return .invalid(path: dotted(codingPath), reason: "\(error)")
    }
  }
}

/// The names an enumeration of texts can have, nil for any other type.
private func choices<Value>(of type: Value.Type) -> [String]? {
  func names<Choices: CaseIterable>(_ type: Choices.Type) -> [String] {
    type.allCases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
  }
  guard let type = type as? any CaseIterable.Type else { return nil }
  let names = names(type)
  return names.isEmpty ? nil : names
}
