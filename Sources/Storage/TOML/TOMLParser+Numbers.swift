extension TOMLParser {
  /// Reads an integer or a float: a word of digits, signs, points and letters.
  mutating func number() throws(TOMLSyntaxError) -> JSONValue {
    let start = position
    while let byte = current, isPartOfNumber(byte) { position += 1 }
    let word = String(decoding: bytes[start..<position], as: UTF8.self)
    if isDate(word) {
      throw failure("'\(word)' is a date or time, which no setting takes", at: start)
    }
    guard let value = special(word) ?? integer(word) ?? float(word) else {
      let isWhole = word.allSatisfy { $0.isNumber || "+-_".contains($0) }
      throw failure(
        isWhole && integerText(word) != nil
          ? "\(word) does not fit 64 bits" : "'\(word)' is not a number", at: start)
    }
    return value
  }

  private func isPartOfNumber(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      || [
        UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: ":"),
      ].contains(byte)
  }

  private func isDate(_ word: String) -> Bool {
    let bytes = Array(word.utf8)
    let digits = bytes.prefix(while: isDigit).count
    guard digits < bytes.count else { return false }
    return (digits == 4 && bytes[4] == UInt8(ascii: "-"))
      || (digits == 2 && bytes[2] == UInt8(ascii: ":"))
  }

  private func special(_ word: String) -> JSONValue? {
    switch word {
    case "inf", "+inf": JSONValue(Double.infinity)
    case "-inf": JSONValue(-Double.infinity)
    case "nan", "+nan", "-nan": JSONValue(Double.nan)
    default: nil
    }
  }

  private func integer(_ word: String) -> JSONValue? {
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where word.hasPrefix(prefix) {
      guard let digits = joined(word.dropFirst(2)), !digits.hasPrefix("+"), !digits.hasPrefix("-")
      else { return nil }
      return Int64(digits, radix: radix).map { .integer($0) }
    }
    return integerText(word).flatMap { Int64($0) }.map { .integer($0) }
  }

  /// A decimal integer as Swift reads it; nil for what is none.
  private func integerText(_ word: String) -> String? {
    let sign = word.hasPrefix("-") ? "-" : ""
    let body = word.hasPrefix("-") || word.hasPrefix("+") ? word.dropFirst() : word[...]
    guard let digits = joined(body), isPlain(digits), digits == "0" || !digits.hasPrefix("0")
    else { return nil }
    return sign + digits
  }

  private func float(_ word: String) -> JSONValue? {
    let body = word.hasPrefix("-") || word.hasPrefix("+") ? word.dropFirst() : word[...]
    let parts = body.split(
      separator: body.contains("e") ? "e" : "E", maxSplits: 1, omittingEmptySubsequences: false)
    let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    guard mantissa.count <= 2, mantissa.count + parts.count > 2,
      let whole = joined(mantissa[0]), isPlain(whole), whole == "0" || !whole.hasPrefix("0")
    else { return nil }
    var text = (word.hasPrefix("-") ? "-" : "") + whole
    if mantissa.count == 2 {
      guard let fraction = joined(mantissa[1]), isPlain(fraction) else { return nil }
      text += "." + fraction
    }
    if parts.count == 2 {
      let isSigned = parts[1].hasPrefix("-") || parts[1].hasPrefix("+")
      guard let exponent = joined(isSigned ? parts[1].dropFirst() : parts[1]), isPlain(exponent)
      else { return nil }
      text += "e" + (parts[1].hasPrefix("-") ? "-" : "") + exponent
    }
    guard let number = Double(text), number.isFinite else { return nil }
    return .number(number)
  }

  /// Digits without the underscores, each of which must stand between two.
  private func joined(_ digits: Substring) -> String? {
    let groups = digits.split(separator: "_", omittingEmptySubsequences: false)
    return groups.contains(where: \.isEmpty) ? nil : groups.joined()
  }

  private func isPlain(_ digits: String) -> Bool { digits.utf8.allSatisfy(isDigit) }
}
