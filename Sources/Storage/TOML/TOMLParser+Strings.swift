extension TOMLParser {
  /// Reads the string whose opening double quote is under the cursor.
  mutating func basicString() throws(TOMLSyntaxError) -> String {
    let start = position
    var text: [UInt8] = []
    position += 1
    while let byte = current, byte != UInt8(ascii: "\"") {
      guard !isControl(byte) else { throw unfit(byte, start) }
      if byte == UInt8(ascii: "\\") {
        text.append(contentsOf: try escape().utf8)
      } else {
        text.append(byte)
        position += 1
      }
    }
    guard take("\"") else { throw failure("string without end", at: start) }
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads the string whose opening single quote is under the cursor.
  mutating func literalString() throws(TOMLSyntaxError) -> String {
    let start = position
    position += 1
    while let byte = current, byte != UInt8(ascii: "'") {
      guard !isControl(byte) else { throw unfit(byte, start) }
      position += 1
    }
    let text = String(decoding: bytes[(start + 1)..<position], as: UTF8.self)
    guard take("'") else { throw failure("string without end", at: start) }
    return text
  }

  /// Reads a string of several lines, whose three opening quotes are behind the cursor.
  mutating func lines(
    closedBy quotes: StaticString, hasEscapes: Bool
  ) throws(TOMLSyntaxError) -> String {
    let start = position
    let quote = quotes.utf8Start[0]
    var text: [UInt8] = []
    if !take("\n") { _ = take("\r\n") }
    while let byte = current {
      if take(quotes) {
        // Up to two more quotes belong to the text.
        for _ in 0..<2 where current == quote {
          text.append(quote)
          position += 1
        }
        return String(decoding: text, as: UTF8.self)
      }
      if take("\n") || take("\r\n") {
        text.append(0x0A)
      } else if byte == UInt8(ascii: "\\"), hasEscapes {
        if !skipFoldedLine() { text.append(contentsOf: try escape().utf8) }
      } else {
        guard !isControl(byte) else { throw unfit(byte, start) }
        text.append(byte)
        position += 1
      }
    }
    throw failure("string without end", at: start)
  }

  /// Steps over a backslash at the end of a line, and what is blank behind it; says whether it is one.
  private mutating func skipFoldedLine() -> Bool {
    let start = position
    position += 1
    skipBlanks()
    guard take("\n") || take("\r\n") else {
      position = start
      return false
    }
    repeat { skipBlanks() } while take("\n") || take("\r\n")
    return true
  }

  private func unfit(_ byte: UInt8, _ start: Int) -> TOMLSyntaxError {
    byte == 0x0A || byte == 0x0D
      ? failure("string without end", at: start)
      : failure("control character in a string", at: position)
  }

  /// Reads one escape sequence.
  private mutating func escape() throws(TOMLSyntaxError) -> Unicode.Scalar {
    let start = position
    position += 1
    guard let letter = current else { throw unexpected("an escape character") }
    position += 1
    switch letter {
    case UInt8(ascii: "u"): return try unicodeEscape(digits: 4, at: start)
    case UInt8(ascii: "U"): return try unicodeEscape(digits: 8, at: start)
    default: break
    }
    guard let scalar = Self.escapes[letter] else { throw failure("unknown escape", at: start) }
    return scalar
  }

  private mutating func unicodeEscape(
    digits: Int, at start: Int
  ) throws(TOMLSyntaxError) -> Unicode.Scalar {
    var code: UInt32 = 0
    for _ in 0..<digits {
      guard let digit = current.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
        throw unexpected("\(digits) hexadecimal digits")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw failure("no character has this number", at: start)
    }
    return scalar
  }

  private static let escapes: [UInt8: Unicode.Scalar] = [
    UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "b"): "\u{8}",
    UInt8(ascii: "f"): "\u{C}", UInt8(ascii: "n"): "\n", UInt8(ascii: "r"): "\r",
    UInt8(ascii: "t"): "\t",
  ]
}
