extension SafetensorsFile {
  /// Writes the file with its checksum, all or nothing.
  ///
  /// - Parameter previous: Where a file of that name goes instead of nowhere.
  /// - Throws: `StorageError.io`.
  package func write(to path: String, keeping previous: String? = nil) throws(StorageError) {
    try writeAtomically(serialized(), to: path, keeping: previous)
  }

  /// The bytes of the file, with its checksum in the metadata.
  ///
  /// The header lists the arrays in their order and is padded so that the data starts at a multiple
  /// of 8; wide elements come first in the data, so every array is aligned to its element.
  package func serialized() -> [UInt8] {
    let widths = Set(entries.map(\.array.elementType.byteCount)).sorted(by: >)
    let layout = widths.flatMap { width in
      entries.filter { $0.array.elementType.byteCount == width }
    }
    var header = Array(header(layout).compact.utf8)
    header += [UInt8](repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
    return layout.reduce(into: littleEndianBytes([UInt64(header.count)]) + header) {
      $0 += $1.array.bytes
    }
  }

  private func header(_ layout: [Entry]) -> JSONValue {
    var offsets: [String: Range<Int>] = [:]
    var end = 0
    for entry in layout {
      offsets[entry.name] = end..<end + entry.array.bytes.count
      end += entry.array.bytes.count
    }
    var header = JSONObject([(SafetensorsKey.metadata, metadataWithChecksum)])
    for entry in entries {
      header[entry.name] = describe(entry.array, at: offsets[entry.name] ?? 0..<0)
    }
    return .object(header)
  }

  private var metadataWithChecksum: JSONValue {
    let texts = metadata.sorted { $0.key < $1.key } + [(SafetensorsKey.checksum, checksum)]
    return .object(JSONObject(texts.map { ($0.0, .string($0.1)) }))
  }

  private func describe(_ array: StoredArray, at range: Range<Int>) -> JSONValue {
    [
      "dtype": .string(array.elementType.rawValue),
      "shape": .array(array.shape.map { .integer(Int64($0)) }),
      "data_offsets": [.integer(Int64(range.lowerBound)), .integer(Int64(range.upperBound))],
    ]
  }
}
