extension JSONParser {
  /// Reads the string whose opening quote is under the cursor.
  mutating func string() throws(JSONSyntaxError) -> String {
    let start = position
    var text: [UInt8] = []
    position += 1
    while let byte = current, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw failure("control character in a string", at: position) }
      if byte == UInt8(ascii: "\\") {
        text.append(contentsOf: try escape().utf8)
      } else {
        text.append(byte)
        position += 1
      }
    }
    guard take("\"") else { throw failure("string without end", at: start) }
    guard let string = String(validating: text, as: UTF8.self) else {
      throw failure("string is not valid UTF-8", at: start)
    }
    return string
  }

  /// Reads one escape sequence, or two when they form a surrogate pair.
  private mutating func escape() throws(JSONSyntaxError) -> Unicode.Scalar {
    let start = position
    position += 1
    guard let letter = current else { throw unexpected("an escape character") }
    position += 1
    if letter == UInt8(ascii: "u") { return try unicodeEscape(at: start) }
    guard let scalar = Self.escapes[letter] else { throw failure("unknown escape", at: start) }
    return scalar
  }

  private mutating func unicodeEscape(at start: Int) throws(JSONSyntaxError) -> Unicode.Scalar {
    let unit = try hexUnit()
    if let scalar = Unicode.Scalar(unit) { return scalar }
    guard UTF16.isLeadSurrogate(UInt16(unit)), take("\\"), take("u") else {
      throw failure("lone surrogate", at: start)
    }
    let trail = try hexUnit()
    let code = 0x10000 + ((unit & 0x3FF) << 10 | (trail & 0x3FF))
    guard trail & 0xFC00 == 0xDC00, let scalar = Unicode.Scalar(code) else {
      throw failure("lone surrogate", at: start)
    }
    return scalar
  }

  /// Four hexadecimal digits.
  private mutating func hexUnit() throws(JSONSyntaxError) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = current.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
        throw unexpected("four hexadecimal digits")
      }
      unit = unit << 4 | UInt32(digit)
      position += 1
    }
    return unit
  }

  private static let escapes: [UInt8: Unicode.Scalar] = [
    UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "/"): "/",
    UInt8(ascii: "b"): "\u{8}", UInt8(ascii: "f"): "\u{C}", UInt8(ascii: "n"): "\n",
    UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t",
  ]
}
