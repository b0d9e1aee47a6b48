/// The verified header of a safetensors file.
struct SafetensorsHeader {
  /// Where the array of a name lies in the data.
  struct Slot {
    let name: String
    let elementType: ElementType
    let shape: [Int]
    let range: Range<Int>
  }

  private(set) var slots: [Slot] = []
  private(set) var metadata: [String: String] = [:]
  private(set) var checksum: String?
  private let fault: Fault

  /// Reads and verifies a header.
  ///
  /// - Parameter dataCount: how many bytes follow the header, which the arrays have to fill.
  init(_ bytes: [UInt8], dataCount: Int, _ fault: Fault) throws(StorageError) {
    self.fault = fault
    for entry in try parse(bytes).entries {
      if entry.key == SafetensorsKey.metadata {
        try readMetadata(entry.value)
      } else {
        slots.append(try slot(entry.key, entry.value))
      }
    }
    try verifyLayout(dataCount: dataCount)
  }

  private func parse(_ bytes: [UInt8]) throws(StorageError) -> JSONObject {
    let header: JSONValue
    do throws(JSONSyntaxError) {
      header = try JSONValue(parsing: bytes)
    } catch {
      throw fault("header, \(error)")
    }
    guard bytes.first == UInt8(ascii: "{"), let object = header.object else {
      throw fault("the header is not a table")
    }
    return object
  }

  private mutating func readMetadata(_ value: JSONValue) throws(StorageError) {
    guard let object = value.object else { throw fault("the metadata are not a table") }
    for entry in object.entries {
      guard let text = entry.value.string else {
        throw fault("metadata '\(entry.key)' is not a string")
      }
      metadata[entry.key] = text
    }
    checksum = metadata.removeValue(forKey: SafetensorsKey.checksum)
  }

  // MARK: - One array

  private func slot(_ name: String, _ value: JSONValue) throws(StorageError) -> Slot {
    guard let object = value.object, Set(object.keys) == ["dtype", "shape", "data_offsets"] else {
      throw fault("array '\(name)' is not described by dtype, shape and data_offsets alone")
    }
    let type = try elementType(name, object["dtype"])
    let shape = try naturals(object["shape"], "shape of '\(name)'")
    let offsets = try naturals(object["data_offsets"], "data_offsets of '\(name)'")
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw fault("data_offsets of '\(name)' are not a start and an end")
    }
    let range = offsets[0]..<offsets[1]
    guard let count = type.byteCount(shape: shape), count == range.count else {
      throw fault("array '\(name)' of \(type.rawValue) \(shape) cannot have \(range.count) bytes")
    }
    return Slot(name: name, elementType: type, shape: shape, range: range)
  }

  private func elementType(
    _ name: String, _ value: JSONValue?
  ) throws(StorageError) -> ElementType {
    guard let text = value?.string, let type = ElementType(rawValue: text) else {
      let supported = ElementType.allCases.map(\.rawValue).joined(separator: ", ")
      let got = value?.compact ?? "nothing"
      throw fault("array '\(name)' has elements \(got); supported are \(supported)")
    }
    return type
  }

  private func naturals(_ value: JSONValue?, _ what: String) throws(StorageError) -> [Int] {
    guard let array = value?.array else { throw fault("\(what) is not a list") }
    return try array.map { (element) throws(StorageError) in
      guard case .integer(let integer) = element, integer >= 0 else {
        throw fault("\(what) has \(element) where a count belongs")
      }
      return Int(integer)
    }
  }

  // MARK: - All arrays

  /// The arrays must fill the data without holes or overlaps.
  private func verifyLayout(dataCount: Int) throws(StorageError) {
    var end = 0
    let ordered = slots.map(\.range).sorted {
      ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound)
    }
    for range in ordered {
      guard range.lowerBound == end else {
        let fact = range.lowerBound > end ? "leave a hole" : "overlap"
        throw fault("the arrays \(fact) at byte \(min(end, range.lowerBound)) of the data")
      }
      end = range.upperBound
    }
    guard end == dataCount else { throw fault("arrays end at \(end), the data at \(dataCount)") }
  }
}
