import Storage
import TOMLKit

extension JSONValue {
  /// Reads a TOML file.
  /// - Throws: `StorageError` for a file that cannot be read, `UsageError` for text that is not TOML.
  init(readingTOML path: String) throws {
    let bytes = try readFile(path, limit: 16 << 20)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw UsageError("\(path): it is not text in UTF-8")
    }
    do {
      let table = try TOMLTable(string: text)
      self = try withExtendedLifetime(table) { try JSONValue(table, at: "", in: path) }
    } catch let error as TOMLParseError {
      let place = error.source.begin
      throw UsageError("\(path):\(place.line):\(place.column): \(error.description)")
    }
  }

  /// Converts a value; dates are refused, for no setting is one.
  fileprivate init(_ value: any TOMLValueConvertible, at key: String, in path: String) throws {
    switch value.type {
    case .table: self = .object(try JSONObject(value.table ?? TOMLTable(), at: key, in: path))
    case .array:
      self = .array(try (value.array ?? TOMLArray()).map { try JSONValue($0, at: key, in: path) })
    case .string: self = .string(value.string ?? "")
    case .bool: self = .bool(value.bool ?? false)
    case .int: self = .integer(Int64(value.int ?? 0))
    case .double: self = JSONValue(value.double ?? 0)
    case .date, .time, .dateTime:
      throw UsageError("\(path): '\(key)' is a date or time, which no setting takes")
    }
  }
}

extension JSONObject {
  fileprivate init(_ table: TOMLTable, at path: String, in file: String) throws {
    self.init()
    for key in table.keys {
      guard let value = table[key] else { continue }
      self[key] = try JSONValue(value, at: path.isEmpty ? key : path + "." + key, in: file)
    }
  }
}
