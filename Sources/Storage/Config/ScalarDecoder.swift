/// Reads one value that has no parts.
struct ScalarDecoder: SingleValueDecodingContainer {
  let decoder: ValueDecoder
  var codingPath: [any CodingKey] { decoder.codingPath }
  private var value: JSONValue { decoder.value }

  init(decoder: ValueDecoder) { self.decoder = decoder }

  func decodeNil() -> Bool { value == .null }
  func decode(_ type: Int.Type) throws -> Int { try integer() }
  func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
  func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
  func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
  func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
  func decode(_ type: UInt.Type) throws -> UInt { try integer() }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
  func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }
  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.decode(type) }

  func decode(_ type: Bool.Type) throws -> Bool {
    guard let bool = value.bool else { throw decoder.wrongType("true or false") }
    return bool
  }

  func decode(_ type: String.Type) throws -> String {
    guard let string = value.string else { throw decoder.wrongType("a string") }
    return string
  }

  func decode(_ type: Double.Type) throws -> Double {
    guard let double = value.double else { throw decoder.wrongType("a number") }
    return double
  }

  func decode(_ type: Float.Type) throws -> Float {
    let double = try decode(Double.self)
    let float = Float(double)
    guard float.isFinite || !double.isFinite else {
      throw outOfRange(-Float.greatestFiniteMagnitude, Float.greatestFiniteMagnitude)
    }
    return float
  }

  /// The integer, also when a text of digits holds one beyond 63 bits.
  private func integer<Integer: FixedWidthInteger>() throws(ConfigError) -> Integer {
    if let big = value.string.flatMap(UInt64.init), big > Int64.max {
      if let exact = Integer(exactly: big) { return exact }
    }
    guard let integer = value.integer else { throw notAnInteger(Integer.self) }
    guard let exact = Integer(exactly: integer) else {
      throw outOfRange(Integer.min, Integer.max)
    }
    return exact
  }

  /// A whole number beyond 64 bits is out of range; anything else has the wrong type.
  private func notAnInteger<Integer: FixedWidthInteger>(_ type: Integer.Type) -> ConfigError {
    guard case .number(let number) = value, number == number.rounded() else {
      return decoder.wrongType("an integer")
    }
    return outOfRange(type.min, type.max)
  }

  private func outOfRange<Value>(_ low: Value, _ high: Value) -> ConfigError {
    .outOfRange(path: dotted(codingPath), value: value.compact, range: "\(low) to \(high)")
  }
}
