// A config is its defaults overlaid by what the user wrote.
//
// Swift's synthesised `Codable` ignores the defaults of properties, so the defaults are encoded
// first: the tree then lists every key there is, and rejects keys and types it does not know.

/// The config that `defaults` becomes under the user's overrides.
///
/// - Throws: `ConfigError` with the path of the offending key.
package func resolve<Config: Codable>(
  _ defaults: Config, overrides: JSONValue
) throws -> Config {
  let tree = try overlay(ConfigEncoder().encode(defaults), with: overrides)
  return try ConfigDecoder().decode(Config.self, from: tree)
}

/// The tree of defaults with the overrides put over it.
///
/// Tables merge key by key; lists are replaced whole. A default of null accepts anything, and null
/// is accepted over anything, because only decoding can tell which values are optional.
/// - Throws: `ConfigError` for a key the defaults lack and for a value of another type.
package func overlay(
  _ defaults: JSONValue, with overrides: JSONValue
) throws(ConfigError) -> JSONValue {
  try overlay(defaults, with: overrides, at: "")
}

private func overlay(
  _ base: JSONValue, with override: JSONValue, at path: String
) throws(ConfigError) -> JSONValue {
  if case .object(let base) = base, case .object(let override) = override {
    return .object(try merge(base, with: override, at: path))
  }
  guard base.accepts(override) else {
    throw .wrongType(path: path, expected: base.typeName, got: override.shown)
  }
  return override
}

private func merge(
  _ base: JSONObject, with override: JSONObject, at path: String
) throws(ConfigError) -> JSONObject {
  var merged = base
  for entry in override.entries {
    let path = join(path, entry.key)
    guard let old = base[entry.key] else { throw unknownKey(entry.key, at: path, in: base) }
    merged[entry.key] = try overlay(old, with: entry.value, at: path)
  }
  return merged
}

private func unknownKey(_ key: String, at path: String, in base: JSONObject) -> ConfigError {
  let name = pathBelow(of: key, in: base) ?? nearestName(to: key, in: base.keys)
  let suggestion = name.map { join(String(path.dropLast(key.count + 1)), $0) }
  return .unknownKey(path: path, suggestion: suggestion, known: base.keys)
}

/// Where a table below has the key: the tables of this one first, then theirs.
private func pathBelow(of key: String, in base: JSONObject) -> String? {
  let tables = base.entries.compactMap { entry in entry.value.object.map { (entry.key, $0) } }
  if let (name, _) = tables.first(where: { $0.1[key] != nil }) { return join(name, key) }
  for (name, table) in tables {
    if let path = pathBelow(of: key, in: table) { return join(name, path) }
  }
  return nil
}

private func join(_ path: String, _ key: String) -> String {
  path.isEmpty ? key : path + "." + key
}

extension JSONValue {
  /// Whether `override` may stand where this default stood.
  fileprivate func accepts(_ override: JSONValue) -> Bool {
    switch (self, override) {
    case (.null, _), (_, .null): true
    case (.bool, .bool), (.string, .string), (.array, .array), (.object, .object): true
    // An integer beyond 63 bits is held as a text of digits.
    case (.integer, .string(let digits)): UInt64(digits) ?? 0 > Int64.max
    case (.integer, _): override.integer != nil
    // A default that is not finite is held as a text, and a number may be replaced by one.
    case (.number, _): override.double != nil
    case (.string, .integer), (.string, .number): double != nil
    default: false
    }
  }
}
