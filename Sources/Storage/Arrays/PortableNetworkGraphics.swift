/// An image of 8 bits a channel as a PNG file.
///
/// Pixels are stored, not compressed: larger files, and nothing to go wrong.
/// Reference: ISO/IEC 15948 (PNG); RFC 1950 (zlib), RFC 1951 (deflate), section 3.2.4
public struct PortableNetworkGraphics: Sendable {
  /// Pixels of a row, and rows.
  public let width, height: Int
  /// 1 for shades of grey, 3 for red, green and blue.
  public let channels: Int
  private let pixels: [UInt8]

  /// - Parameter pixels: [height, width, channels].
  public init(_ pixels: [UInt8], width: Int, height: Int, channels: Int = 1) {
    precondition(
      pixels.count == width * height * channels && (channels == 1 || channels == 3),
      "an image of \(pixels.count) numbers")
    (self.pixels, self.width, self.height, self.channels) = (pixels, width, height, channels)
  }

  /// Writes the file, all or nothing.
  /// - Throws: `StorageError.io`.
  public func write(to path: String) throws(StorageError) { try writeAtomically(bytes, to: path) }

  /// The whole file.
  package var bytes: [UInt8] {
    let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    let color: UInt8 = channels == 1 ? 0 : 2
    let header = bigEndian(width) + bigEndian(height) + [8, color, 0, 0, 0]
    return signature + chunk("IHDR", header) + chunk("IDAT", stream) + chunk("IEND", [])
  }

  /// The rows, each after a byte that says they are as they are, in blocks of at most 65535 bytes.
  private var stream: [UInt8] {
    var rows: [UInt8] = []
    let stride = width * channels
    for row in 0..<height { rows += [0] + pixels[row * stride..<(row + 1) * stride] }
    var result: [UInt8] = [0x78, 0x01]
    var first = 0
    repeat {
      let count = min(0xFFFF, rows.count - first)
      let isLast: UInt8 = first + count == rows.count ? 1 : 0
      result += [isLast] + littleEndian(count) + littleEndian(~count & 0xFFFF)
      result += rows[first..<first + count]
      first += count
    } while first < rows.count
    return result + bigEndian(Int(adler(rows)))
  }

  private func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + data
    return bigEndian(data.count) + body + bigEndian(Int(cyclicRedundancy(body)))
  }
}

private func bigEndian(_ x: Int) -> [UInt8] {
  [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: x >> $0) }
}

private func littleEndian(_ x: Int) -> [UInt8] {
  [0, 8].map { UInt8(truncatingIfNeeded: x >> $0) }
}

/// Adler's checksum of zlib.
private func adler(_ bytes: [UInt8]) -> UInt32 {
  var (a, b): (UInt32, UInt32) = (1, 0)
  for byte in bytes {
    a = (a + UInt32(byte)) % 65521
    b = (b + a) % 65521
  }
  return b << 16 | a
}

/// The cyclic redundancy check with polynomial EDB88320.
private func cyclicRedundancy(_ bytes: [UInt8]) -> UInt32 {
  var remainder = UInt32.max
  for byte in bytes {
    remainder ^= UInt32(byte)
    for _ in 0..<8 {
      remainder = remainder & 1 == 1 ? remainder >> 1 ^ 0xEDB8_8320 : remainder >> 1
    }
  }
  return ~remainder
}
