// The file of one array that MNIST comes in: two zero bytes, the type, the number of axes, their sizes
// as 32-bit numbers with the most significant byte first, then the elements in row-major order.
//
// Only bytes are read (type 8): images [count, rows, columns] and labels [count].
// Reference: LeCun, Cortes and Burges, *The MNIST database of handwritten digits*, file formats.

extension StoredArray {
  /// Reads an IDX file of bytes.
  ///
  /// - Throws: `StorageError`.
  package init(readingIDX path: String) throws(StorageError) {
    try self.init(parsingIDX: readFile(path), path: path)
  }

  /// Reads the bytes of an IDX file of bytes.
  ///
  /// - Parameter path: what error messages call the file.
  /// - Throws: `StorageError.malformed`.
  package init(parsingIDX bytes: [UInt8], path: String) throws(StorageError) {
    func fault(_ reason: String) -> StorageError {
      .malformed(path: path, format: "IDX", reason: reason)
    }
    guard !bytes.starts(with: gzipMagic) else {
      throw fault("it is compressed; unpack it with gunzip first")
    }
    guard bytes.count >= 4 else { throw fault("it ends within the header") }
    guard bytes.starts(with: [0, 0]) else { throw fault("it does not start with two zero bytes") }
    guard bytes[2] == byteType else {
      throw fault("its elements are of type \(bytes[2]), only bytes (8) are supported")
    }
    let start = 4 + 4 * Int(bytes[3])
    guard start <= bytes.count else { throw fault("it ends within the header") }
    let shape = stride(from: 4, to: start, by: 4).map { first in
      bytes[first..<first + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    guard ElementType.uint8.byteCount(shape: shape) == bytes.count - start else {
      throw fault("\(shape) bytes cannot be \(bytes.count - start)")
    }
    self.init(.uint8, shape: shape, bytes: Array(bytes[start...]))
  }
}

private let gzipMagic: [UInt8] = [0x1F, 0x8B]
private let byteType: UInt8 = 8
