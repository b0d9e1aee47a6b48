// Numbers to bytes and back, least significant byte first whatever the machine does. Memory is
// copied whole: a loop over elements would run unspecialised for callers in other modules.

/// The bytes of the numbers.
func littleEndianBytes<Scalar: StoredScalar>(_ values: [Scalar]) -> [UInt8] {
  exchangingByteOrder(values.withUnsafeBytes { [UInt8]($0) }, Scalar.elementType.byteCount)
}

/// The numbers in the bytes; a remainder too short for a number is left out.
func numbers<Scalar: StoredScalar>(_ bytes: [UInt8], as type: Scalar.Type) -> [Scalar] {
  let size = Scalar.elementType.byteCount
  let native = exchangingByteOrder(bytes, size)
  return [Scalar](unsafeUninitializedCapacity: bytes.count / size) { buffer, count in
    count = buffer.count
    native.withUnsafeBytes {
      UnsafeMutableRawBufferPointer(buffer).copyMemory(from: .init(rebasing: $0[..<(count * size)]))
    }
  }
}

/// The bytes in this machine's order when given in the files' order, and the other way round.
private func exchangingByteOrder(_ bytes: [UInt8], _ size: Int) -> [UInt8] {
  #if _endian(little)
    return bytes
  #else
    return stride(from: 0, to: bytes.count / size * size, by: size).flatMap {
      bytes[$0..<$0 + size].reversed()
    }
  #endif
}
