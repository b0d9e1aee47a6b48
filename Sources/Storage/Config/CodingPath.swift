/// The position of a value in a list, as a coding key.
struct IndexKey: CodingKey {
  let index: Int
  var intValue: Int? { index }
  var stringValue: String { "[\(index)]" }

  init(_ index: Int) { self.index = index }
  init?(intValue: Int) { index = intValue }
  init?(stringValue: String) { return nil }
}

/// A key by its name alone.
struct NameKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { return nil }
}

/// The dotted path users read: `layers[2].width`.
func dotted(_ path: [any CodingKey]) -> String {
  path.reduce(into: "") { text, key in
    if !text.isEmpty, !(key is IndexKey) { text += "." }
    text += key.stringValue
  }
}
