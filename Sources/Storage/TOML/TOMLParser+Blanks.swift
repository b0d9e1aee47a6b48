extension TOMLParser {
  /// The byte under the cursor.
  var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  /// Moves over a character if it is next.
  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard current == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// Whether a text is next.
  func sees(_ text: StaticString) -> Bool {
    let end = position + text.utf8CodeUnitCount
    guard end <= bytes.count else { return false }
    return text.withUTF8Buffer { bytes[position..<end].elementsEqual($0) }
  }

  /// Moves over spaces and tabs.
  mutating func skipBlank() {
    while let byte = current, byte == 0x20 || byte == 0x09 { position += 1 }
  }

  /// Moves over blanks, comments and line breaks, as between the elements of an array.
  mutating func skipLines() throws(TOMLSyntaxError) {
    while true {
      skipBlank()
      switch current {
      case UInt8(ascii: "#"): try comment()
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"): try lineBreak()
      default: return
      }
    }
  }

  /// Moves over a line break of either kind.
  mutating func lineBreak() throws(TOMLSyntaxError) {
    let start = position
    _ = take("\r")
    guard take("\n") else { throw failure("carriage return without line feed", at: start) }
  }

  /// Moves over a comment up to the line's end.
  mutating func comment() throws(TOMLSyntaxError) {
    while let byte = current, byte != UInt8(ascii: "\n"), !sees("\r\n") {
      guard isText(byte) else { throw failure("control character in a comment", at: position) }
      position += 1
    }
  }

  /// Moves over what may follow an entry on its line.
  mutating func endOfLine() throws(TOMLSyntaxError) {
    skipBlank()
    if current == UInt8(ascii: "#") { try comment() }
    if current == nil { return }
    guard current == UInt8(ascii: "\n") || current == UInt8(ascii: "\r") else {
      throw unexpected("the end of the line")
    }
    try lineBreak()
  }

  /// Whether a byte may stand in a comment or a string.
  func isText(_ byte: UInt8) -> Bool { (byte >= 0x20 && byte != 0x7F) || byte == 0x09 }

  func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  func failure(_ reason: String, at offset: Int) -> TOMLSyntaxError {
    TOMLSyntaxError(reason, at: offset, of: bytes)
  }

  /// The error for something else than what must come here.
  func unexpected(_ expected: String) -> TOMLSyntaxError {
    guard let byte = current else {
      return failure("expected \(expected), got the end of the text", at: position)
    }
    if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
      return failure("expected \(expected), got the end of the line", at: position)
    }
    // The text is valid UTF-8, and the cursor never stops within a character that it reports.
    let rest = String(decoding: bytes[position..<min(bytes.count, position + 4)], as: UTF8.self)
    return failure("expected \(expected), got '\(rest.prefix(1))'", at: position)
  }
}
