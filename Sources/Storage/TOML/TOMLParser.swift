// TOML 1.0 text to JSONValue (https://toml.io/en/v1.0.0).
//
// Goals in order of priority:
// 1. never trap and never recurse without bound, whatever the bytes are;
// 2. accept exactly the grammar, with the place and the reason of what is refused;
// 3. keep numbers exact: integers of 64 bits as such, floats rounded once.
//
// Dates and times are refused: no setting is one. NaN and infinities become the texts that stand for them.

extension JSONValue {
  /// Parses a whole TOML text.
  ///
  /// - Throws: `TOMLSyntaxError` with line and column.
  public init(parsingTOML bytes: [UInt8]) throws(TOMLSyntaxError) {
    var parser = TOMLParser(bytes)
    self = try parser.document()
  }

  /// Parses a whole TOML text.
  ///
  /// - Throws: `TOMLSyntaxError` with line and column.
  public init(parsingTOML text: String) throws(TOMLSyntaxError) {
    try self.init(parsingTOML: Array(text.utf8))
  }
}

/// A cursor over the text; each method reads one production of the grammar.
struct TOMLParser {
  /// How deep arrays, inline tables and dotted keys may nest.
  static let maximumDepth = 64

  let bytes: [UInt8]
  var position = 0
  var depth = 0
  private let root = TOMLTable(.heading)

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(TOMLSyntaxError) -> JSONValue {
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw failure("the text is not valid UTF-8", at: 0)
    }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    var table = root
    while true {
      skipBlank()
      guard let byte = current else { return root.json }
      if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
        try lineBreak()
        continue
      }
      if byte == UInt8(ascii: "#") {
        try comment()
        continue
      }
      if byte == UInt8(ascii: "[") {
        table = try heading()
      } else {
        try keyValue(in: table)
      }
      try endOfLine()
    }
  }

  /// `[a.b]` or `[[a.b]]`: the table that follows.
  private mutating func heading() throws(TOMLSyntaxError) -> TOMLTable {
    let start = position
    position += 1
    let isArray = take("[")
    skipBlank()
    let path = try dottedKey()
    guard take("]"), !isArray || take("]") else { throw unexpected(isArray ? "']]'" : "']'") }
    var table = root
    for key in path.dropLast() { table = try descend(table, key, start) }
    let name = path[path.count - 1]
    return try isArray ? element(of: table, name, start) : open(table, name, start)
  }

  /// The table of a heading.
  private func open(
    _ parent: TOMLTable, _ name: String, _ start: Int
  ) throws(TOMLSyntaxError) -> TOMLTable {
    switch parent[name] {
    case nil:
      let table = TOMLTable(.heading)
      parent[name] = .table(table)
      return table
    case .table(let table) where table.origin == .path:
      table.origin = .heading
      return table
    default: throw failure("'\(name)' is defined already", at: start)
    }
  }

  /// A further table of an array of tables.
  private func element(
    of parent: TOMLTable, _ name: String, _ start: Int
  ) throws(TOMLSyntaxError) -> TOMLTable {
    let table = TOMLTable(.heading)
    switch parent[name] {
    case nil: parent[name] = .tables(TOMLTables(table))
    case .tables(let tables): tables.append(table)
    default: throw failure("'\(name)' is defined already, and is no array of tables", at: start)
    }
    return table
  }

  /// The table that a heading's path goes through.
  private func descend(
    _ table: TOMLTable, _ key: String, _ start: Int
  ) throws(TOMLSyntaxError) -> TOMLTable {
    switch table[key] {
    case nil:
      let inner = TOMLTable(.path)
      table[key] = .table(inner)
      return inner
    case .table(let inner): return inner
    case .tables(let tables): return tables.last
    case .value: throw failure("'\(key)' is a value, not a table", at: start)
    }
  }

  /// `a.b = value` in a table.
  mutating func keyValue(in table: TOMLTable) throws(TOMLSyntaxError) {
    let start = position
    let path = try dottedKey()
    guard take("=") else { throw unexpected("'=' after the key") }
    skipBlank()
    var table = table
    for key in path.dropLast() {
      switch table[key] {
      case nil:
        let inner = TOMLTable(.dottedKey)
        table[key] = .table(inner)
        table = inner
      case .table(let inner) where inner.origin == .dottedKey: table = inner
      case .value: throw failure("'\(key)' is a value, not a table", at: start)
      default: throw failure("'\(key)' is defined already, by a heading", at: start)
      }
    }
    let name = path[path.count - 1]
    guard table[name] == nil else { throw failure("'\(name)' is defined already", at: start) }
    table[name] = .value(try value())
  }

  /// Keys with dots between them, and the blanks after them.
  private mutating func dottedKey() throws(TOMLSyntaxError) -> [String] {
    var path: [String] = []
    repeat {
      skipBlank()
      guard path.count < Self.maximumDepth else { throw failure("too many dots", at: position) }
      path.append(try key())
      skipBlank()
    } while take(".")
    return path
  }

  private mutating func key() throws(TOMLSyntaxError) -> String {
    if current == UInt8(ascii: "\"") { return try basicString() }
    if current == UInt8(ascii: "'") { return try literalString() }
    let start = position
    while let byte = current, isBare(byte) { position += 1 }
    guard position > start else { throw unexpected("a key") }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private func isBare(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
  }
}
