// TOML text to JSONValue, by TOML 1.0 without dates and times, for no setting is one.
//
// Goals in order of priority:
// 1. never trap and never recurse without bound, whatever the bytes are;
// 2. accept exactly the grammar, and refuse what defines a key or table twice;
// 3. keep numbers exact: integers of 64 bits as such, all others rounded once.
//
// Reference: Preston-Werner, Gedam and others (2021), *TOML v1.0.0*, https://toml.io/en/v1.0.0

extension JSONValue {
  /// Parses a whole TOML document: an object in the order of the text.
  ///
  /// - Throws: `TOMLSyntaxError` with line and column.
  public init(parsingTOML bytes: [UInt8]) throws(TOMLSyntaxError) {
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw TOMLSyntaxError("it is not text in UTF-8", at: 0, of: bytes)
    }
    var parser = TOMLParser(bytes)
    self = .object(try parser.document())
  }
}

/// A cursor over the text; each method reads one production of the grammar.
struct TOMLParser {
  let bytes: [UInt8]
  var position = 0
  private let root = TOMLTable(.heading, depth: 1)

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(TOMLSyntaxError) -> JSONObject {
    var table = root
    while true {
      skipBlanks()
      switch current {
      case nil: return root.object
      case UInt8(ascii: "["): table = try heading()
      case UInt8(ascii: "#"), 0x0A, 0x0D: break
      default: try pair(in: table)
      }
      try lineEnd()
    }
  }

  // MARK: - Headings

  /// Reads `[path]` or `[[path]]`; returns the table that it opens.
  private mutating func heading() throws(TOMLSyntaxError) -> TOMLTable {
    let start = position
    position += 1
    let isList = take("[")
    skipBlanks()
    let path = try key()
    guard take("]"), !isList || take("]") else {
      throw unexpected(isList ? "']]'" : "']'")
    }
    var table = root
    for key in path.dropLast() { table = try descend(table, key, at: start) }
    return try isList
      ? openElement(path[path.count - 1], in: table, at: start)
      : open(path[path.count - 1], in: table, at: start)
  }

  /// The table under a key on the way of a heading: the last one, of several.
  private func descend(
    _ table: TOMLTable, _ key: String, at start: Int
  ) throws(TOMLSyntaxError) -> TOMLTable {
    switch table[key] {
    case nil: return try add(key, .path, to: table, at: start)
    case .table(let inner) where inner.origin != .braces: return inner
    case .tables(let list): return list.last
    default: throw failure("'\(key)' is no table that can be added to", at: start)
    }
  }

  private func open(
    _ key: String, in table: TOMLTable, at start: Int
  ) throws(TOMLSyntaxError) -> TOMLTable {
    switch table[key] {
    case nil: return try add(key, .heading, to: table, at: start)
    case .table(let inner) where inner.origin == .path:
      inner.origin = .heading
      return inner
    default: throw failure("'\(key)' is there already", at: start)
    }
  }

  private func openElement(
    _ key: String, in table: TOMLTable, at start: Int
  ) throws(TOMLSyntaxError) -> TOMLTable {
    // One level for the list, one for its element.
    let list = try deeper(table.depth, at: start)
    let element = TOMLTable(.heading, depth: try deeper(list, at: start))
    switch table[key] {
    case nil: table[key] = .tables(TOMLTable.List(element))
    case .tables(let list): list.append(element)
    default: throw failure("'\(key)' is there already, and no list of tables", at: start)
    }
    return element
  }

  private func add(
    _ key: String, _ origin: TOMLTable.Origin, to table: TOMLTable, at start: Int
  ) throws(TOMLSyntaxError) -> TOMLTable {
    let inner = TOMLTable(origin, depth: try deeper(table.depth, at: start))
    table[key] = .table(inner)
    return inner
  }

  /// One level more.
  func deeper(_ depth: Int, at start: Int) throws(TOMLSyntaxError) -> Int {
    guard depth < JSONValue.maximumDepth else {
      throw failure("nested deeper than \(JSONValue.maximumDepth) levels", at: start)
    }
    return depth + 1
  }

  // MARK: - Keys and their values

  /// Reads `key = value` into a table.
  mutating func pair(in table: TOMLTable) throws(TOMLSyntaxError) {
    let start = position
    let path = try key()
    guard take("=") else { throw unexpected("'='") }
    skipBlanks()
    var inner = table
    for key in path.dropLast() {
      switch inner[key] {
      case nil: inner = try add(key, .dots, to: inner, at: start)
      case .table(let next) where next.origin == .dots: inner = next
      default: throw failure("'\(key)' is no table that this can be added to", at: start)
      }
    }
    let name = path[path.count - 1]
    guard inner[name] == nil else { throw failure("'\(name)' is there already", at: start) }
    inner[name] = .value(try value(depth: inner.depth))
  }

  /// Reads a key with its dots, and the blanks behind it.
  private mutating func key() throws(TOMLSyntaxError) -> [String] {
    var path: [String] = []
    repeat {
      skipBlanks()
      path.append(try part())
      skipBlanks()
    } while take(".")
    return path
  }

  private mutating func part() throws(TOMLSyntaxError) -> String {
    switch current {
    case UInt8(ascii: "\""): return try basicString()
    case UInt8(ascii: "'"): return try literalString()
    default: break
    }
    let start = position
    while let byte = current, isBare(byte) { position += 1 }
    guard position > start else { throw unexpected("a key") }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private func isBare(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}

// MARK: - The cursor

extension TOMLParser {
  /// The byte under the cursor, nil at the end.
  var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  /// Steps over a text if it is next.
  mutating func take(_ text: StaticString) -> Bool {
    let word = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    guard bytes[position...].starts(with: word) else { return false }
    position += word.count
    return true
  }

  mutating func skipBlanks() {
    while current == 0x20 || current == 0x09 { position += 1 }
  }

  /// Reads blanks, a comment, and the end of the line or text.
  mutating func lineEnd() throws(TOMLSyntaxError) {
    skipBlanks()
    try comment()
    guard current == nil || take("\n") || take("\r\n") else {
      throw unexpected("the end of the line")
    }
  }

  /// Reads blanks, comments and ends of lines, which elements of a list may stand between.
  mutating func skipLines() throws(TOMLSyntaxError) {
    repeat {
      skipBlanks()
      try comment()
    } while take("\n") || take("\r\n")
  }

  private mutating func comment() throws(TOMLSyntaxError) {
    guard take("#") else { return }
    while let byte = current, byte != 0x0A, byte != 0x0D {
      guard !isControl(byte) else { throw unexpected("a comment") }
      position += 1
    }
  }

  /// Whether a byte may not stand in comments and strings.
  func isControl(_ byte: UInt8) -> Bool { (byte < 0x20 && byte != 0x09) || byte == 0x7F }

  func failure(_ reason: String, at offset: Int) -> TOMLSyntaxError {
    TOMLSyntaxError(reason, at: offset, of: bytes)
  }

  func unexpected(_ expected: String) -> TOMLSyntaxError {
    failure("expected \(expected), found \(found)", at: position)
  }

  private var found: String {
    guard let byte = current else { return "the end of the text" }
    if byte == 0x0A || byte == 0x0D { return "the end of the line" }
    guard (0x20..<0x7F).contains(byte) else { return "byte 0x\(hexadecimal(byte))" }
    return "'\(Character(Unicode.Scalar(byte)))'"
  }
}
