// JSON text to JSONValue, strictly by RFC 8259.
//
// Goals in order of priority:
// 1. never trap and never recurse without bound, whatever the bytes are;
// 2. accept exactly the grammar (no comments, trailing commas, NaN, leading zeros, byte-order
//    mark), and refuse duplicate keys, which the RFC leaves open;
// 3. keep numbers exact: integers of 64 bits as such, all others rounded once.

extension JSONValue {
  /// How deep arrays and objects may nest.
  package static let maximumDepth = 128

  /// Parses a whole JSON text.
  ///
  /// - Throws: `JSONSyntaxError` with line and column.
  public init(parsing bytes: [UInt8]) throws(JSONSyntaxError) {
    var parser = JSONParser(bytes)
    self = try parser.document()
  }

  /// Parses a whole JSON text.
  ///
  /// - Throws: `JSONSyntaxError` with line and column.
  public init(parsing text: String) throws(JSONSyntaxError) {
    try self.init(parsing: Array(text.utf8))
  }
}

/// A cursor over the text; each method reads one production of the grammar.
struct JSONParser {
  let bytes: [UInt8]
  var position = 0
  private var depth = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(JSONSyntaxError) -> JSONValue {
    let value = try value()
    skipWhitespace()
    guard position == bytes.count else { throw unexpected("the end of the text") }
    return value
  }

  private mutating func value() throws(JSONSyntaxError) -> JSONValue {
    skipWhitespace()
    switch current ?? 0 {
    case UInt8(ascii: "{"): return .object(try object())
    case UInt8(ascii: "["): return .array(try array())
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw unexpected("a value")
    }
  }

  private mutating func literal(
    _ text: StaticString, _ value: JSONValue
  ) throws(JSONSyntaxError) -> JSONValue {
    let word = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    guard bytes[position...].starts(with: word) else { throw unexpected("\(text)") }
    position += word.count
    return value
  }

  // MARK: - Arrays and objects

  private mutating func array() throws(JSONSyntaxError) -> [JSONValue] {
    var elements: [JSONValue] = []
    try list(closedBy: "]") { (parser) throws(JSONSyntaxError) in
      elements.append(try parser.value())
    }
    return elements
  }

  private mutating func object() throws(JSONSyntaxError) -> JSONObject {
    var object = JSONObject()
    try list(closedBy: "}") { (parser) throws(JSONSyntaxError) in
      let start = parser.position
      guard parser.current == UInt8(ascii: "\"") else { throw parser.unexpected("a key") }
      let key = try parser.string()
      guard object[key] == nil else { throw parser.failure("duplicate key \"\(key)\"", at: start) }
      parser.skipWhitespace()
      guard parser.take(":") else { throw parser.unexpected("':'") }
      object[key] = try parser.value()
    }
    return object
  }

  /// Reads the elements between the bracket at the cursor and its partner.
  private mutating func list(
    closedBy end: Unicode.Scalar,
    element: (inout JSONParser) throws(JSONSyntaxError) -> Void
  ) throws(JSONSyntaxError) {
    try enter()
    defer { depth -= 1 }
    skipWhitespace()
    if take(end) { return }
    while true {
      skipWhitespace()
      try element(&self)
      skipWhitespace()
      if take(end) { return }
      guard take(",") else { throw unexpected("',' or '\(end)'") }
    }
  }

  private mutating func enter() throws(JSONSyntaxError) {
    guard depth < JSONValue.maximumDepth else {
      throw failure("nested deeper than \(JSONValue.maximumDepth) levels", at: position)
    }
    depth += 1
    position += 1
  }
}

// MARK: - The cursor

extension JSONParser {
  /// The byte under the cursor, nil at the end.
  var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  /// Steps over `scalar` if it is next.
  mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard current == UInt8(ascii: scalar) else { return false }
    position += 1
    return true
  }

  mutating func skipWhitespace() {
    while let byte = current, byte == 0x20 || (0x09...0x0A).contains(byte) || byte == 0x0D {
      position += 1
    }
  }

  func failure(_ reason: String, at offset: Int) -> JSONSyntaxError {
    JSONSyntaxError(reason, at: offset, of: bytes)
  }

  func unexpected(_ expected: String) -> JSONSyntaxError {
    failure("expected \(expected), found \(found)", at: position)
  }

  private var found: String {
    guard let byte = current else { return "the end of the text" }
    guard (0x20..<0x7F).contains(byte) else { return "byte 0x\(hexadecimal(byte))" }
    return "'\(Character(Unicode.Scalar(byte)))'"
  }
}
