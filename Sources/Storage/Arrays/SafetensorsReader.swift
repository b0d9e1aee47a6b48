/// What a reader asks of the checksum of a file.
package enum ChecksumPolicy: Sendable {
  /// A file may lack it, as files of other programs do.
  case ifPresent
  /// A file without it is refused, as a checkpoint of ours would be damaged.
  case required
}

extension SafetensorsFile {
  /// Reads a file and verifies its checksum.
  ///
  /// - Throws: `StorageError`.
  package init(
    reading path: String, checksum policy: ChecksumPolicy = .ifPresent
  ) throws(StorageError) {
    try self.init(parsing: readFile(path), path: path, checksum: policy)
  }

  /// Reads the bytes of a file and verifies its checksum.
  ///
  /// Everything the header says is verified against the size before an array is made.
  /// - Parameter path: what error messages call the file.
  /// - Throws: `StorageError`.
  package init(
    parsing bytes: [UInt8], path: String, checksum policy: ChecksumPolicy = .ifPresent
  ) throws(StorageError) {
    let fault = Fault(path: path)
    let headerEnd = try headerEnd(of: bytes, fault)
    let header = try SafetensorsHeader(
      Array(bytes[8..<headerEnd]), dataCount: bytes.count - headerEnd, fault)
    self.init(metadata: header.metadata)
    self.path = path
    for slot in header.slots {
      let range = headerEnd + slot.range.lowerBound..<headerEnd + slot.range.upperBound
      self[slot.name] = StoredArray(
        slot.elementType, shape: slot.shape, bytes: Array(bytes[range]))
    }
    try verify(header.checksum, policy)
  }

  private func verify(_ expected: String?, _ policy: ChecksumPolicy) throws(StorageError) {
    guard let expected else {
      if policy == .required { throw .checksumMissing(path: path) }
      return
    }
    let got = checksum
    guard got == expected else {
      throw .checksumMismatch(path: path, expected: expected, got: got)
    }
  }
}

/// The most bytes a header may have, as in the reference implementation.
private let headerLimit: UInt64 = 100_000_000

/// Where the data starts.
private func headerEnd(of bytes: [UInt8], _ fault: Fault) throws(StorageError) -> Int {
  guard bytes.count >= 8 else {
    throw fault("\(bytes.count) bytes cannot hold the length of the header")
  }
  let length = numbers(Array(bytes[..<8]), as: UInt64.self)[0]
  guard length <= headerLimit else {
    throw fault("a header of \(length) bytes is over the limit of \(headerLimit)")
  }
  guard Int(length) <= bytes.count - 8 else {
    throw fault("a header of \(length) bytes does not fit into the file's \(bytes.count)")
  }
  return 8 + Int(length)
}

/// Makes the errors of one file.
struct Fault {
  let path: String

  func callAsFunction(_ reason: String) -> StorageError {
    .malformed(path: path, format: "safetensors", reason: reason)
  }
}
