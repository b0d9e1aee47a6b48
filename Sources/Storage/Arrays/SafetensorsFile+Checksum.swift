extension SafetensorsFile {
  /// The checksum over everything the file says: names, types, shapes, bytes and metadata.
  ///
  /// It runs in the order of the names, so it survives another program laying the file out anew.
  var checksum: String {
    var checksum = Checksum()
    for entry in entries.sorted(by: { $0.name < $1.name }) {
      checksum.update(text: entry.name)
      checksum.update(text: entry.array.elementType.rawValue)
      checksum.update(littleEndianBytes([entry.array.shape.count] + entry.array.shape))
      checksum.update(entry.array.bytes)
    }
    for (key, value) in metadata.sorted(by: { $0.key < $1.key })
    where key != SafetensorsKey.checksum {
      checksum.update(text: key)
      checksum.update(text: value)
    }
    return checksum.hexadecimal
  }
}

extension Checksum {
  /// Takes in the length, then the text, so that two texts cannot trade letters.
  fileprivate mutating func update(text: String) {
    let bytes = Array(text.utf8)
    update(littleEndianBytes([bytes.count]))
    update(bytes)
  }
}

private func littleEndianBytes(_ counts: [Int]) -> [UInt8] {
  littleEndianBytes(counts.map(Int64.init))
}
