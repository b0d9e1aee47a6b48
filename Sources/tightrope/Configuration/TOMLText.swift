import Storage

extension JSONObject {
  /// The TOML text: plain values first, then each table under its heading.
  func toml(under path: String = "") -> String {
    let values = entries.filter { $0.value.object == nil && $0.value != .null }
    let tables = entries.compactMap { entry in entry.value.object.map { (entry.key, $0) } }
    let heading = path.isEmpty || values.isEmpty ? "" : "[\(path)]\n"
    let body = heading + values.map { "\(tomlKey($0.key)) = \($0.value.toml)\n" }.joined()
    let parts = tables.map { key, table in
      table.toml(under: path.isEmpty ? tomlKey(key) : path + "." + tomlKey(key))
    }
    return ([body] + parts).filter { !$0.isEmpty }.joined(separator: "\n")
  }
}

extension JSONValue {
  /// The value as TOML writes it on one line.
  fileprivate var toml: String {
    switch self {
    case .array(let elements): "[" + elements.map(\.toml).joined(separator: ", ") + "]"
    case .object(let table):
      "{ " + table.entries.map { "\(tomlKey($0.key)) = \($0.value.toml)" }.joined(separator: ", ")
        + " }"
    // JSON's other values are written alike in TOML.
    default: compact
    }
  }
}

private func tomlKey(_ key: String) -> String {
  let isBare = key.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-".contains($0)) }
  return isBare && !key.isEmpty ? key : JSONValue.string(key).compact
}
