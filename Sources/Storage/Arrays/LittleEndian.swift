// Numbers to bytes and back, least significant byte first whatever the machine does.

/// The bytes of the numbers.
func littleEndianBytes(_ values: [some StoredScalar]) -> [UInt8] {
  values.map(\.storedBits.littleEndian).withUnsafeBytes { [UInt8]($0) }
}

/// The numbers in the bytes; a remainder too short for a number is left out.
func numbers<Scalar: StoredScalar>(_ bytes: [UInt8], as type: Scalar.Type) -> [Scalar] {
  let size = MemoryLayout<Scalar.Bits>.size
  return bytes.withUnsafeBytes { bytes in
    (0..<bytes.count / size).map { index in
      let bits = bytes.loadUnaligned(fromByteOffset: index * size, as: Scalar.Bits.self)
      return Scalar(storedBits: Scalar.Bits(littleEndian: bits))
    }
  }
}
