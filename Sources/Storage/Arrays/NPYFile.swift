// NumPy's file of one array: magic, version, length of the header, header, data.
//
// Version 1.0 in row-major order with little-endian elements. Objects are refused: they are Python
// pickles, which run code.
// Reference: NumPy documentation, *numpy.lib.format*.

extension StoredArray {
  /// Writes an .npy file, all or nothing.
  ///
  /// - Throws: `StorageError.io`.
  package func writeNPY(to path: String) throws(StorageError) {
    try writeAtomically(npyBytes, to: path)
  }

  /// Reads an .npy file.
  ///
  /// - Throws: `StorageError`.
  package init(readingNPY path: String) throws(StorageError) {
    try self.init(parsingNPY: readFile(path), path: path)
  }

  /// The bytes of an .npy file; the data starts at a multiple of 64.
  package var npyBytes: [UInt8] {
    let dimensions = shape.map(String.init).joined(separator: ", ")
    let tuple = shape.count == 1 ? "(\(dimensions),)" : "(\(dimensions))"
    let text = "{'descr': '\(elementType.npyName)', 'fortran_order': False, 'shape': \(tuple), }"
    let fixed = npyMagic.count + 4 + 1
    let padding = String(repeating: " ", count: (64 - (fixed + text.utf8.count) % 64) % 64)
    let header = Array((text + padding + "\n").utf8)
    let length = [UInt8(header.count & 0xFF), UInt8(header.count >> 8)]
    return npyMagic + [1, 0] + length + header + bytes
  }

  /// Reads the bytes of an .npy file.
  ///
  /// - Parameter path: what error messages call the file.
  /// - Throws: `StorageError.malformed`.
  package init(parsingNPY bytes: [UInt8], path: String) throws(StorageError) {
    func fault(_ reason: String) -> StorageError {
      .malformed(path: path, format: "NumPy", reason: reason)
    }
    guard bytes.starts(with: npyMagic) else { throw fault("it does not start with \\x93NUMPY") }
    guard bytes.count >= 10 else { throw fault("it ends within the header") }
    guard bytes[6...7] == [1, 0] else {
      throw fault("its version is \(bytes[6]).\(bytes[7]), only 1.0 is supported")
    }
    let start = 10 + Int(bytes[8]) + Int(bytes[9]) << 8
    guard start <= bytes.count else { throw fault("it ends within the header") }
    let header: NPYHeader
    do throws(NPYHeader.Failure) {
      header = try NPYHeader(Array(bytes[10..<start]))
    } catch {
      throw fault(error.reason)
    }
    guard header.elementType.byteCount(shape: header.shape) == bytes.count - start else {
      throw fault(
        "\(header.elementType.rawValue) \(header.shape) cannot have \(bytes.count - start) bytes")
    }
    self.init(header.elementType, shape: header.shape, bytes: Array(bytes[start...]))
  }
}

private let npyMagic: [UInt8] = [0x93] + Array("NUMPY".utf8)

extension ElementType {
  /// NumPy's name: byte order, kind, bytes.
  var npyName: String {
    switch self {
    case .float32: "<f4"
    case .float64: "<f8"
    case .int32: "<i4"
    case .int64: "<i8"
    case .uint8: "|u1"
    case .uint32: "<u4"
    case .uint64: "<u8"
    }
  }
}
