/// A JSON object that remembers the order of its keys.
///
/// Looking a key up takes constant time; two objects are equal when keys, values and order agree.
public struct JSONObject: Equatable, Sendable {
  /// One key with its value.
  public struct Entry: Equatable, Sendable {
    /// The key.
    public let key: String
    /// What stands under the key.
    public var value: JSONValue
  }

  /// The entries in order.
  public private(set) var entries: [Entry] = []
  private var positions: [String: Int] = [:]

  /// An object without keys.
  public init() {}

  /// The object with these entries; the last of equal keys wins.
  public init(_ entries: some Sequence<(String, JSONValue)>) {
    for (key, value) in entries { self[key] = value }
  }

  /// The keys in order.
  public var keys: [String] { entries.map(\.key) }

  /// The value under `key`; a new key goes last, and assigning nil removes the key.
  public subscript(key: String) -> JSONValue? {
    get { positions[key].map { entries[$0].value } }
    set {
      guard let newValue else { return remove(key) }
      guard let position = positions[key] else { return append(key, newValue) }
      entries[position].value = newValue
    }
  }

  private mutating func append(_ key: String, _ value: JSONValue) {
    positions[key] = entries.count
    entries.append(Entry(key: key, value: value))
  }

  private mutating func remove(_ key: String) {
    guard let position = positions.removeValue(forKey: key) else { return }
    entries.remove(at: position)
    for later in position..<entries.count { positions[entries[later].key] = later }
  }
}
