/// Writes any `Encodable` value as a JSON tree.
///
/// Every key is written, an absent optional as null, so that the tree lists all there is to set.
/// Dictionaries are written in the order of their keys. A `UInt64` beyond 63 bits is written as a
/// text of digits, and numbers that are not finite as `JSONValue.init(_:)` says.
package struct ConfigEncoder {
  package init() {}

  /// The tree of a value.
  package func encode(_ value: some Encodable) throws -> JSONValue {
    let node = Node()
    try node.store(value, at: [])
    return node.value
  }
}

/// A place in the tree under construction.
///
/// Containers may be filled after their parent has moved on, so places are shared references and
/// the tree is read off at the end.
final class Node {
  enum Content {
    case scalar(JSONValue)
    case list([Node])
    case table([(key: String, node: Node)])
  }

  var content: Content?

  /// The finished tree below; a value that encoded nothing is an empty table.
  var value: JSONValue {
    switch content {
    case .scalar(let value): value
    case .list(let nodes): .array(nodes.map(\.value))
    case .table(let entries): .object(JSONObject(entries.map { ($0.key, $0.node.value) }))
    case nil: .object(JSONObject())
    }
  }

  func store(_ value: some Encodable, at path: [any CodingKey]) throws {
    try value.encode(to: ValueEncoder(node: self, codingPath: path))
    if value is any UnorderedKeys { sortKeys() }
  }

  func becomeTable() {
    if case .table = content { return }
    content = .table([])
  }

  func becomeList() {
    if case .list = content { return }
    content = .list([])
  }

  /// A new node under `key` of a table.
  func child(_ key: any CodingKey) -> Node {
    let node = Node()
    guard case .table(var entries) = content else { return node }
    content = nil
    entries.append((key.stringValue, node))
    content = .table(entries)
    return node
  }

  /// A new node at the end of a list.
  func appendChild() -> Node {
    let node = Node()
    guard case .list(var nodes) = content else { return node }
    content = nil
    nodes.append(node)
    content = .list(nodes)
    return node
  }

  private func sortKeys() {
    guard case .table(let entries) = content else { return }
    content = .table(entries.sorted { $0.key < $1.key })
  }
}

/// Marks types whose keys come in no stable order.
private protocol UnorderedKeys {}
extension Dictionary: UnorderedKeys {}

struct ValueEncoder: Encoder {
  let node: Node
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    node.becomeTable()
    return KeyedEncodingContainer(KeyedEncoder(node: node, codingPath: codingPath))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    node.becomeList()
    return UnkeyedEncoder(node: node, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer {
    ScalarEncoder(node: node, codingPath: codingPath)
  }
}
