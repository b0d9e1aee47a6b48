import Storage

extension Catalog {
  /// Makes the member called `name` from a table in which the settings of all members stand side by
  /// side, among keys that are none of theirs.
  /// - Parameters:
  ///   - name: Which member.
  ///   - path: Where the name was given.
  ///   - table: The settings in use.
  ///   - defaults: The same table as it is without a user.
  /// - Throws: `ConfigError` for an unknown name, for a setting that makes no sense, and for one
  ///   that only other members have and that was changed nevertheless.
  package func make(
    _ name: String, at path: String, from table: JSONObject, defaults: JSONObject
  ) throws -> Product {
    let chosen = try entry(name, at: path)
    let own = chosen.defaults.object?.keys ?? []
    let known = Set(entries.flatMap { $0.defaults.object?.keys ?? [] })
    for key in known.subtracting(own).sorted() where table[key] != defaults[key] {
      throw ConfigError.invalid(path: key, reason: "the \(kind) '\(name)' has no such setting")
    }
    return try chosen.make(
      .object(JSONObject(own.compactMap { key in table[key].map { (key, $0) } })))
  }
}
