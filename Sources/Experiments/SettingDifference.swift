import Storage

/// A key at which two configurations differ.
struct SettingDifference: Equatable {
  /// The key's dotted path.
  let path: String
  /// Its value in the first.
  let first: JSONValue
  /// Its value in the second.
  let second: JSONValue
}

/// The keys of all values in which two trees of the same keys differ, in their order.
func differences(between first: JSONValue, and second: JSONValue) -> [SettingDifference] {
  differences(first, second, at: "")
}

private func differences(
  _ first: JSONValue, _ second: JSONValue, at path: String
) -> [SettingDifference] {
  guard let left = first.object, let right = second.object else {
    return first == second ? [] : [SettingDifference(path: path, first: first, second: second)]
  }
  return left.entries.flatMap { entry in
    differences(
      entry.value, right[entry.key] ?? .null, at: path.isEmpty ? entry.key : path + "." + entry.key)
  }
}
