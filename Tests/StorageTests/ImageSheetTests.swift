import Storage
import Testing

@Suite("A picture")
struct ImageSheetTests {
  /// The file that Python's zlib and struct make of these pixels, stored.
  @Test("is a PNG file byte by byte")
  func bytes() {
    let bytes = PortableNetworkGraphics([0, 127, 255, 3], width: 2, height: 2).bytes
    #expect(bytes == Self.known)
  }

  @Test("is cut into blocks where it is large, and checked by its sums")
  func blocks() {
    let bytes = PortableNetworkGraphics(
      [UInt8](repeating: 7, count: 300 * 300 * 3), width: 300, height: 300, channels: 3
    ).bytes
    // Rows of 901 bytes are 270300, in 5 blocks of 5 bytes each.
    #expect(bytes.count == 8 + 25 + 12 + 2 + 270_300 + 25 + 4 + 12)
  }

  @Test("holds images side by side")
  func sheet() {
    let sheet = ImageSheet(square: [-1, 1, 1, -1, 1, 1, 1, 1, 0, 0, 0, 0], dimension: 4)
    let picture = sheet?.picture(scale: 1)
    #expect(picture?.width == 7 && picture?.height == 7)
    #expect(ImageSheet(square: [0, 0], dimension: 2) == nil)
    #expect(ImageSheet(square: [Float](repeating: 0, count: 12), dimension: 12) != nil)
  }

  static let known: [UInt8] = [
    137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 2, 0, 0, 0, 2, 8, 0, 0,
    0, 0, 87, 221, 82, 248, 0, 0, 0, 17, 73, 68, 65, 84, 120, 1, 1, 6, 0, 249, 255, 0, 0, 127, 0,
    255, 3, 4, 3, 1, 130, 158, 195, 177, 189, 0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
  ]
}
