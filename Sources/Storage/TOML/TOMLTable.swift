/// A table while its text is read: what may still be added to it depends on how it came about.
final class TOMLTable {
  /// How a table came about.
  enum Origin {
    /// Named on the way to another, as `a` in `[a.b]`; its own heading may follow.
    case path
    /// By its heading.
    case heading
    /// By a dotted key, as `a` in `a.b = 1`; no heading may follow.
    case dottedKey
  }

  /// What a key can stand for.
  enum Entry {
    case value(JSONValue)
    case table(TOMLTable)
    /// `[[name]]`, of which the last is open.
    case tables(TOMLTables)
  }

  var origin: Origin
  private(set) var keys: [String] = []
  private var entries: [String: Entry] = [:]

  init(_ origin: Origin) { self.origin = origin }

  subscript(key: String) -> Entry? {
    get { entries[key] }
    set {
      if entries[key] == nil { keys.append(key) }
      entries[key] = newValue
    }
  }

  /// The finished table.
  var json: JSONValue {
    .object(
      JSONObject(
        keys.map { key in
          switch entries[key] {
          case .value(let value): (key, value)
          case .table(let table): (key, table.json)
          case .tables(let tables): (key, .array(tables.all.map(\.json)))
          case nil: (key, .null)
          }
        }))
  }
}

/// An array of tables, which grows in place.
final class TOMLTables {
  private(set) var all: [TOMLTable]
  private(set) var last: TOMLTable

  init(_ first: TOMLTable) { (all, last) = ([first], first) }

  func append(_ table: TOMLTable) {
    all.append(table)
    last = table
  }
}
