extension TOMLParser {
  /// Reads any value, at a depth of tables and lists around it.
  mutating func value(depth: Int) throws(TOMLSyntaxError) -> JSONValue {
    switch current {
    case UInt8(ascii: "\""):
      return .string(
        try take("\"\"\"") ? lines(closedBy: "\"\"\"", hasEscapes: true) : basicString())
    case UInt8(ascii: "'"):
      return .string(
        try take("'''") ? lines(closedBy: "'''", hasEscapes: false) : literalString())
    case UInt8(ascii: "["): return .array(try list(depth: depth))
    case UInt8(ascii: "{"): return .object(try braces(depth: depth))
    case nil, 0x0A, 0x0D: throw unexpected("a value")
    default: return try word()
    }
  }

  private mutating func list(depth: Int) throws(TOMLSyntaxError) -> [JSONValue] {
    let depth = try deeper(depth, at: position)
    var elements: [JSONValue] = []
    position += 1
    while true {
      try skipLines()
      if take("]") { return elements }
      elements.append(try value(depth: depth))
      try skipLines()
      if take("]") { return elements }
      guard take(",") else { throw unexpected("',' or ']'") }
    }
  }

  private mutating func braces(depth: Int) throws(TOMLSyntaxError) -> JSONObject {
    let table = TOMLTable(.braces, depth: try deeper(depth, at: position))
    position += 1
    skipBlanks()
    if take("}") { return table.object }
    while true {
      skipBlanks()
      try pair(in: table)
      skipBlanks()
      if take("}") { return table.object }
      guard take(",") else { throw unexpected("',' or '}'") }
    }
  }

  // MARK: - Numbers and words

  /// Reads what has no brackets and no quotes: a truth value or a number.
  private mutating func word() throws(TOMLSyntaxError) -> JSONValue {
    let start = position
    while let byte = current, isPartOfWord(byte) { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    switch text {
    case "true": return .bool(true)
    case "false": return .bool(false)
    case "inf", "+inf": return JSONValue(.infinity)
    case "-inf": return JSONValue(-.infinity)
    case "nan", "+nan", "-nan": return JSONValue(.nan)
    case "":
      throw unexpected("a value")
    default:
      if isDateOrTime(text) {
        throw failure("it is a date or time, which no setting takes", at: start)
      }
      guard let number = try number(text, at: start) else {
        throw failure("'\(text)' is no value; texts stand in quotes", at: start)
      }
      return number
    }
  }

  private func isPartOfWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "_-+.:".utf8.contains(byte)
    }
  }

  /// Whether a text begins like 2001-12-31 or 23:59.
  private func isDateOrTime(_ text: String) -> Bool {
    let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
    let next = text.utf8.dropFirst(digits).first
    return (digits == 4 && next == UInt8(ascii: "-")) || (digits == 2 && next == UInt8(ascii: ":"))
  }

  /// The number that a text stands for; nil where it is none.
  private func number(_ text: String, at start: Int) throws(TOMLSyntaxError) -> JSONValue? {
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where text.hasPrefix(prefix) {
      guard let digits = digits(text.dropFirst(2), radix: radix) else { return nil }
      return .integer(try integer(digits, radix: radix, at: start))
    }
    let sign = text.hasPrefix("-") ? "-" : ""
    let unsigned = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
    let mantissa = unsigned.prefix { $0 != "e" && $0 != "E" }
    let whole = mantissa.prefix { $0 != "." }
    guard let wholeDigits = digits(whole, radix: 10), whole.count == 1 || whole.first != "0" else {
      return nil
    }
    guard unsigned.count > whole.count else {
      return .integer(try integer(sign + wholeDigits, radix: 10, at: start))
    }
    var plain = sign + wholeDigits
    if mantissa.count > whole.count {
      guard let part = digits(mantissa.dropFirst(whole.count + 1), radix: 10) else { return nil }
      plain += "." + part
    }
    if unsigned.count > mantissa.count {
      let exponent = unsigned.dropFirst(mantissa.count + 1)
      let isSigned = exponent.hasPrefix("-") || exponent.hasPrefix("+")
      guard let part = digits(exponent.dropFirst(isSigned ? 1 : 0), radix: 10) else { return nil }
      plain += "e" + (exponent.hasPrefix("-") ? "-" : "") + part
    }
    guard let number = Double(plain), number.isFinite else {
      throw failure("number out of range", at: start)
    }
    return .number(number)
  }

  private func integer(
    _ digits: String, radix: Int, at start: Int
  ) throws(TOMLSyntaxError) -> Int64 {
    guard let number = Int64(digits, radix: radix) else {
      throw failure("number out of range", at: start)
    }
    return number
  }

  /// Digits without the underscores between them; nil where there are others, or none.
  private func digits(_ text: Substring, radix: Int) -> String? {
    var digits = ""
    var wasDigit = false
    for character in text {
      if character == "_", wasDigit {
        wasDigit = false
      } else if let value = character.hexDigitValue, character.isASCII, value < radix {
        digits.append(character)
        wasDigit = true
      } else {
        return nil
      }
    }
    return wasDigit ? digits : nil
  }
}
