// A config may hold a free-form JSONValue; other coders' values convert by decoding to JSONValue.

extension JSONValue: Codable {
  /// Reads whatever the decoder holds.
  public init(from decoder: any Decoder) throws {
    if let decoder = decoder as? ValueDecoder {
      self = decoder.value
    } else if let table = try? decoder.container(keyedBy: NameKey.self) {
      self = .object(try JSONObject(decoding: table))
    } else if var list = try? decoder.unkeyedContainer() {
      self = .array(try Self.elements(of: &list))
    } else {
      self = try Self.scalar(in: decoder.singleValueContainer())
    }
  }

  /// Writes the tree.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .object(let object): try object.encode(to: encoder)
    case .array(let array): try array.encode(to: encoder)
    default: try encodeScalar(into: encoder.singleValueContainer())
    }
  }

  private static func elements(
    of list: inout any UnkeyedDecodingContainer
  ) throws -> [JSONValue] {
    var elements: [JSONValue] = []
    while !list.isAtEnd { elements.append(try list.decode(JSONValue.self)) }
    return elements
  }

  private static func scalar(in container: any SingleValueDecodingContainer) throws -> JSONValue {
    if container.decodeNil() { return .null }
    if let bool = try? container.decode(Bool.self) { return .bool(bool) }
    if let integer = try? container.decode(Int64.self) { return .integer(integer) }
    if let number = try? container.decode(Double.self) { return JSONValue(number) }
    return .string(try container.decode(String.self))
  }

  private func encodeScalar(into container: any SingleValueEncodingContainer) throws {
    var container = container
    switch self {
    case .bool(let bool): try container.encode(bool)
    case .integer(let integer): try container.encode(integer)
    case .number(let number): try container.encode(number)
    case .string(let string): try container.encode(string)
    case .null, .array, .object: try container.encodeNil()
    }
  }
}

extension JSONObject {
  fileprivate init(decoding table: KeyedDecodingContainer<NameKey>) throws {
    self.init()
    for key in table.allKeys {
      self[key.stringValue] = try table.decode(JSONValue.self, forKey: key)
    }
  }

  fileprivate func encode(to encoder: any Encoder) throws {
    var table = encoder.container(keyedBy: NameKey.self)
    for entry in entries { try table.encode(entry.value, forKey: NameKey(stringValue: entry.key)) }
  }
}
