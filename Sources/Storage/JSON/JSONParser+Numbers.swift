extension JSONParser {
  /// Reads a number: an integer when written as one and 64 bits hold it, else a `Double`.
  ///
  /// `-0` is the number negative zero, because the integer 0 has no sign to keep.
  mutating func number() throws(JSONSyntaxError) -> JSONValue {
    let start = position
    let isNegative = take("-")
    if !take("0") { try digits() }
    let hasFraction = try fraction()
    let hasExponent = try exponent()
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if !hasFraction, !hasExponent, let integer = Int64(text), integer != 0 || !isNegative {
      return .integer(integer)
    }
    guard let number = Double(text), number.isFinite else {
      throw failure("number out of range", at: start)
    }
    return .number(number)
  }

  private mutating func fraction() throws(JSONSyntaxError) -> Bool {
    guard take(".") else { return false }
    try digits()
    return true
  }

  private mutating func exponent() throws(JSONSyntaxError) -> Bool {
    guard take("e") || take("E") else { return false }
    if !take("-") { _ = take("+") }
    try digits()
    return true
  }

  /// One digit or more.
  private mutating func digits() throws(JSONSyntaxError) {
    let start = position
    while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      position += 1
    }
    guard position > start else { throw unexpected("a digit") }
  }
}
