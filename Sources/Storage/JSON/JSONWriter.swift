// JSONValue to JSON text.
//
// Numbers are Swift's shortest decimals that read back to the same bits. Numbers JSON cannot
// write (`JSONValue.number(.nan)`) become the texts "nan", "inf", "-inf".

extension JSONValue {
  /// The JSON text without any space.
  public var compact: String { text(indentation: nil) }

  /// The JSON text with one entry a line, indented by two spaces.
  public var pretty: String { text(indentation: 2) }

  private func text(indentation: Int?) -> String {
    var writer = JSONWriter(indentation: indentation)
    writer.write(self)
    return writer.text
  }
}

extension JSONValue: CustomStringConvertible {
  /// The compact JSON text.
  public var description: String { compact }
}

private struct JSONWriter {
  let indentation: Int?
  var text = ""
  var depth = 0

  init(indentation: Int?) { self.indentation = indentation }

  mutating func write(_ value: JSONValue) {
    switch value {
    case .null: text += "null"
    case .bool(let bool): text += bool ? "true" : "false"
    case .integer(let integer): text += integer.description
    case .number(let number) where number.isFinite: text += number.description
    case .number(let number): write(nonFiniteName(number))
    case .string(let string): write(string)
    case .array(let array): list("[", array, "]") { $0.write($1) }
    case .object(let object): list("{", object.entries, "}") { $0.write($1) }
    }
  }

  private mutating func write(_ entry: JSONObject.Entry) {
    write(entry.key)
    text += indentation == nil ? ":" : ": "
    write(entry.value)
  }

  private mutating func list<Element>(
    _ open: String, _ elements: [Element], _ close: String,
    element write: (inout JSONWriter, Element) -> Void
  ) {
    text += open
    depth += 1
    for (index, element) in elements.enumerated() {
      if index > 0 { text += "," }
      breakLine()
      write(&self, element)
    }
    depth -= 1
    if !elements.isEmpty { breakLine() }
    text += close
  }

  private mutating func breakLine() {
    guard let indentation else { return }
    text += "\n" + String(repeating: " ", count: indentation * depth)
  }

  private mutating func write(_ string: String) {
    text += "\""
    for scalar in string.unicodeScalars { write(scalar) }
    text += "\""
  }

  private mutating func write(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "\"": text += "\\\""
    case "\\": text += "\\\\"
    case "\n": text += "\\n"
    case "\r": text += "\\r"
    case "\t": text += "\\t"
    case "\0"..<" ": text += "\\u00" + hexadecimal(UInt8(scalar.value))
    default: text.unicodeScalars.append(scalar)
    }
  }
}
