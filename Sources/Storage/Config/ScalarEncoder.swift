/// Writes one value that has no parts.
struct ScalarEncoder: SingleValueEncodingContainer {
  let node: Node
  let codingPath: [any CodingKey]

  func encodeNil() { put(.null) }
  func encode(_ value: Bool) { put(.bool(value)) }
  func encode(_ value: String) { put(.string(value)) }
  func encode(_ value: Double) { put(JSONValue(value)) }
  func encode(_ value: Float) { put(JSONValue(shortest(value))) }
  func encode(_ value: Int) { put(integer: value) }
  func encode(_ value: Int8) { put(integer: value) }
  func encode(_ value: Int16) { put(integer: value) }
  func encode(_ value: Int32) { put(integer: value) }
  func encode(_ value: Int64) { put(integer: value) }
  func encode(_ value: UInt) { put(integer: value) }
  func encode(_ value: UInt8) { put(integer: value) }
  func encode(_ value: UInt16) { put(integer: value) }
  func encode(_ value: UInt32) { put(integer: value) }
  func encode(_ value: UInt64) { put(integer: value) }
  func encode(_ value: some Encodable) throws { try node.store(value, at: codingPath) }

  private func put(_ value: JSONValue) { node.content = .scalar(value) }

  private func put(integer value: some BinaryInteger) {
    put(Int64(exactly: value).map(JSONValue.integer) ?? .string(value.description))
  }
}

/// The double whose decimal is as short as the float's: 0.1, not 0.10000000149011612.
private func shortest(_ value: Float) -> Double {
  guard let double = Double(value.description), Float(double) == value else { return Double(value) }
  return double
}
