extension TOMLParser {
  /// Reads a value.
  mutating func value() throws(TOMLSyntaxError) -> JSONValue {
    guard depth < Self.maximumDepth else { throw failure("nested too deeply", at: position) }
    depth += 1
    defer { depth -= 1 }
    switch current ?? 0 {
    case UInt8(ascii: "\""):
      return .string(try sees("\"\"\"") ? multilineString("\"") : basicString())
    case UInt8(ascii: "'"):
      return .string(try sees("'''") ? multilineString("'") : literalString())
    case UInt8(ascii: "["): return .array(try array())
    case UInt8(ascii: "{"): return try inlineTable()
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return try truth()
    case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "i"), UInt8(ascii: "n"):
      return try number()
    default: throw unexpected("a value")
    }
  }

  private mutating func truth() throws(TOMLSyntaxError) -> JSONValue {
    for (text, value) in [("true" as StaticString, true), ("false", false)] where sees(text) {
      position += text.utf8CodeUnitCount
      return .bool(value)
    }
    throw unexpected("a value (texts stand in quotes)")
  }

  private mutating func array() throws(TOMLSyntaxError) -> [JSONValue] {
    position += 1
    var elements: [JSONValue] = []
    while true {
      try skipLines()
      if take("]") { return elements }
      elements.append(try value())
      try skipLines()
      if take(",") { continue }
      guard take("]") else { throw unexpected("',' or ']'") }
      return elements
    }
  }

  /// `{ a = 1, b.c = 2 }`, on one line and closed.
  private mutating func inlineTable() throws(TOMLSyntaxError) -> JSONValue {
    position += 1
    let table = TOMLTable(.heading)
    skipBlank()
    if take("}") { return table.json }
    while true {
      skipBlank()
      try keyValue(in: table)
      skipBlank()
      if take(",") { continue }
      guard take("}") else { throw unexpected("',' or '}'") }
      return table.json
    }
  }
}
