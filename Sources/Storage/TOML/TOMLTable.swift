/// A table while its text is read: what may still be added to it depends on how it came about.
final class TOMLTable {
  /// How a table came about.
  enum Origin {
    /// As a part of the path of another one; a heading may still name it.
    case path
    /// By a heading of its own.
    case heading
    /// By the dots in a key; only further keys of the same table add to it.
    case dots
    /// In braces; it is closed.
    case braces
  }

  enum Item {
    case value(JSONValue)
    case table(TOMLTable)
    /// Of headings in double brackets.
    case tables(List)
  }

  /// The tables of one heading in double brackets; one at least.
  final class List {
    var last: TOMLTable { tables[tables.count - 1] }
    private(set) var tables: [TOMLTable]

    init(_ first: TOMLTable) { tables = [first] }

    func append(_ table: TOMLTable) { tables.append(table) }
  }

  var origin: Origin
  /// How many tables and lists it is inside of, itself among them.
  let depth: Int
  private(set) var entries: [(key: String, item: Item)] = []
  private var positions: [String: Int] = [:]

  init(_ origin: Origin, depth: Int) { (self.origin, self.depth) = (origin, depth) }

  subscript(key: String) -> Item? {
    get { positions[key].map { entries[$0].item } }
    set {
      guard let newValue else { return }
      if let position = positions[key] {
        entries[position].item = newValue
      } else {
        positions[key] = entries.count
        entries.append((key, newValue))
      }
    }
  }

  /// The finished table.
  var object: JSONObject {
    JSONObject(
      entries.map { key, item in
        switch item {
        case .value(let value): (key, value)
        case .table(let table): (key, .object(table.object))
        case .tables(let list): (key, .array(list.tables.map { .object($0.object) }))
        }
      })
  }
}
