// Settings are the `key=value` of the command line: `network.width=128`.

extension JSONValue {
  /// The tree of overrides that these `key=value` settings describe; later ones win.
  ///
  /// - Throws: `ConfigError`.
  package init(settings: some Sequence<String>) throws(ConfigError) {
    self = .object(JSONObject())
    for setting in settings { try apply(setting: setting) }
  }

  /// Puts one `key=value` into the tree.
  ///
  /// - Throws: `ConfigError.malformedSetting` without `=` or with an empty part of the key.
  package mutating func apply(setting: String) throws(ConfigError) {
    guard let equals = setting.firstIndex(of: "=") else { throw .malformedSetting(setting) }
    let path = String(setting[..<equals])
    let parts = path.split(separator: ".", omittingEmptySubsequences: false)
    guard !parts.contains("") else { throw .malformedSetting(setting) }
    try set(path, to: String(setting[setting.index(after: equals)...]))
  }

  /// Puts a value at a dotted path, making the tables on the way.
  ///
  /// The text is read as JSON when it is JSON and taken as a string otherwise.
  /// - Throws: `ConfigError.wrongType` when a value that is no table is on the way.
  package mutating func set(_ path: String, to text: String) throws(ConfigError) {
    let value = (try? JSONValue(parsing: text)) ?? .string(text)
    try set(path.split(separator: ".").map(String.init)[...], to: value, within: "")
  }

  private mutating func set(
    _ keys: ArraySlice<String>, to value: JSONValue, within path: String
  ) throws(ConfigError) {
    guard let key = keys.first else {
      self = value
      return
    }
    var table = try table(at: path)
    var child = table[key] ?? .null
    try child.set(keys.dropFirst(), to: value, within: path.isEmpty ? key : path + "." + key)
    table[key] = child
    self = .object(table)
  }

  /// The object here; null counts as an empty one.
  private func table(at path: String) throws(ConfigError) -> JSONObject {
    switch self {
    case .null: return JSONObject()
    case .object(let object): return object
    default: throw .wrongType(path: path, expected: "a table", got: shown)
    }
  }
}
