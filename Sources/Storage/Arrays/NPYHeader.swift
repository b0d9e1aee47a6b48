/// The header of an .npy file: a Python dictionary with three keys.
struct NPYHeader {
  struct Failure: Error { let reason: String }

  let elementType: ElementType
  let shape: [Int]

  /// Reads `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`.
  init(_ bytes: [UInt8]) throws(Failure) {
    var cursor = Cursor(bytes: bytes)
    var descr: String?
    var isFortran: Bool?
    var shape: [Int]?
    try cursor.expect("{")
    while !cursor.take("}") {
      let key = try cursor.quoted()
      try cursor.expect(":")
      switch key {
      case "descr" where descr == nil: descr = try cursor.quoted()
      case "fortran_order" where isFortran == nil: isFortran = try cursor.truth()
      case "shape" where shape == nil: shape = try cursor.tuple()
      default: throw Failure(reason: "its header has an unexpected or repeated key '\(key)'")
      }
      if !cursor.take(",") {
        try cursor.expect("}")
        break
      }
    }
    guard let descr, let isFortran, let shape, cursor.isAtEnd else {
      throw Failure(reason: "its header is not a dictionary of descr, fortran_order and shape")
    }
    if isFortran { throw Failure(reason: "it is in Fortran order, only C order is supported") }
    elementType = try Self.elementType(descr)
    self.shape = shape
  }

  private static func elementType(_ descr: String) throws(Failure) -> ElementType {
    if let type = ElementType.allCases.first(where: { $0.npyName == descr }) { return type }
    // Truth values are bytes of 0 and 1.
    if descr == "|b1" { return .uint8 }
    if descr.contains("O") { throw Failure(reason: "it holds Python objects, which are unsafe") }
    let supported = ElementType.allCases.map(\.npyName).joined(separator: ", ")
    throw Failure(reason: "its elements are '\(descr)'; supported are \(supported)")
  }
}

/// Reads the few Python literals a header may have.
private struct Cursor {
  let bytes: [UInt8]
  private var position = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool {
    mutating get {
      skipSpace()
      return position == bytes.count
    }
  }

  mutating func take(_ text: String) -> Bool {
    skipSpace()
    guard bytes[position...].starts(with: text.utf8) else { return false }
    position += text.utf8.count
    return true
  }

  mutating func expect(_ text: String) throws(NPYHeader.Failure) {
    guard take(text) else {
      throw NPYHeader.Failure(reason: "its header lacks '\(text)' at byte \(position)")
    }
  }

  mutating func quoted() throws(NPYHeader.Failure) -> String {
    let quote = take("\"") ? "\"" : "'"
    if quote == "'" { try expect("'") }
    let text = take(while: { $0 >= 0x20 && $0 < 0x7F && $0 != quote.utf8.first })
    try expect(quote)
    return text
  }

  mutating func truth() throws(NPYHeader.Failure) -> Bool {
    if take("True") { return true }
    try expect("False")
    return false
  }

  mutating func tuple() throws(NPYHeader.Failure) -> [Int] {
    var elements: [Int] = []
    try expect("(")
    while !take(")") {
      skipSpace()
      let digits = take(while: { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
      guard let element = Int(digits) else {
        throw NPYHeader.Failure(reason: "its shape has no count at byte \(position)")
      }
      elements.append(element)
      if !take(",") {
        try expect(")")
        break
      }
    }
    return elements
  }

  private mutating func skipSpace() {
    _ = take(while: { $0 == 0x20 || $0 == newline })
  }

  private mutating func take(while condition: (UInt8) -> Bool) -> String {
    let text = bytes[position...].prefix(while: condition)
    position = text.endIndex
    return String(decoding: text, as: UTF8.self)
  }
}
