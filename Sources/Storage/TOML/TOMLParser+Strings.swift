extension TOMLParser {
  /// `"..."`, with escapes, on one line.
  mutating func basicString() throws(TOMLSyntaxError) -> String {
    let start = position
    position += 1
    var text: [UInt8] = []
    while let byte = current, byte != UInt8(ascii: "\"") {
      if byte == UInt8(ascii: "\\") {
        text += Array(String(try escape()).utf8)
      } else {
        try append(byte, to: &text, start)
      }
    }
    guard take("\"") else { throw failure("string without end", at: start) }
    return String(decoding: text, as: UTF8.self)
  }

  /// `'...'`, taken as it is, on one line.
  mutating func literalString() throws(TOMLSyntaxError) -> String {
    let start = position
    position += 1
    var text: [UInt8] = []
    while let byte = current, byte != UInt8(ascii: "'") { try append(byte, to: &text, start) }
    guard take("'") else { throw failure("string without end", at: start) }
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func append(
    _ byte: UInt8, to text: inout [UInt8], _ start: Int
  ) throws(TOMLSyntaxError) {
    if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
      throw failure("string without end", at: start)
    }
    guard isText(byte) else { throw failure("control character in a string", at: position) }
    text.append(byte)
    position += 1
  }

  /// Three quotes, lines, three quotes; a line break right after the first three is left out.
  mutating func multilineString(_ quote: Unicode.Scalar) throws(TOMLSyntaxError) -> String {
    let (start, mark) = (position, UInt8(ascii: quote))
    position += 3
    if sees("\n") || sees("\r\n") { try lineBreak() }
    var text: [UInt8] = []
    while let byte = current {
      let quotes = bytes[position...].prefix(5).prefix { $0 == mark }.count
      if quotes >= 3 {
        // Up to two quotes may stand before the closing three.
        text += Array(repeating: mark, count: quotes - 3)
        position += quotes
        return String(decoding: text, as: UTF8.self)
      }
      if byte == UInt8(ascii: "\\") && quote == "\"" {
        if !(try skippedLineEnd()) { text += Array(String(try escape()).utf8) }
      } else if byte == UInt8(ascii: "\n") || sees("\r\n") {
        try lineBreak()
        text.append(UInt8(ascii: "\n"))
      } else {
        guard isText(byte) else { throw failure("control character in a string", at: position) }
        text.append(byte)
        position += 1
      }
    }
    throw failure("string without end", at: start)
  }

  /// Moves over a backslash at a line's end and all blanks and line breaks after it, if that is next.
  private mutating func skippedLineEnd() throws(TOMLSyntaxError) -> Bool {
    let start = position
    position += 1
    skipBlank()
    guard sees("\n") || sees("\r\n") else {
      position = start
      return false
    }
    while sees("\n") || sees("\r\n") {
      try lineBreak()
      skipBlank()
    }
    return true
  }

  private mutating func escape() throws(TOMLSyntaxError) -> Character {
    let start = position
    position += 1
    guard let letter = current else { throw unexpected("an escape character") }
    position += 1
    switch letter {
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "u"): return try unicode(4, start)
    case UInt8(ascii: "U"): return try unicode(8, start)
    default: throw failure("unknown escape; a backslash itself is '\\\\'", at: start)
    }
  }

  private mutating func unicode(_ digits: Int, _ start: Int) throws(TOMLSyntaxError) -> Character {
    var code: UInt32 = 0
    for _ in 0..<digits {
      guard let digit = current.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
        throw unexpected("\(digits) hexadecimal digits")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw failure("there is no such character", at: start)
    }
    return Character(scalar)
  }
}
