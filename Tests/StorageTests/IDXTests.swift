import Storage
import Testing

@Suite("An IDX file")
struct IDXTests {
  /// Two images of 3 by 2 pixels.
  static let images: [UInt8] =
    [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2] + (0..<12).map { UInt8(20 * $0) }
  static let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 3, 7, 0, 9]

  @Test("holds images and labels")
  func contents() throws {
    let folder = try TemporaryFolder()
    try writeAtomically(Self.images, to: folder("images"))
    let images = try StoredArray(readingIDX: folder("images"))
    #expect(images == StoredArray((0..<12).map { UInt8(20 * $0) }, shape: [2, 3, 2]))
    let labels = try StoredArray(parsingIDX: Self.labels, path: "f")
    #expect(labels == StoredArray([7, 0, 9] as [UInt8]))
    #expect(throws: StorageError.self) { try StoredArray(readingIDX: folder("none")) }
  }

  @Test("reads sizes with the most significant byte first")
  func order() throws {
    let bytes: [UInt8] = [0, 0, 8, 2, 0, 0, 1, 2, 0, 0, 0, 1]
    let array = try StoredArray(
      parsingIDX: bytes + [UInt8](repeating: 0, count: 258), path: "f")
    #expect(array.shape == [258, 1])
  }

  @Test(
    "refuses every flipped bit of its header and every truncation", arguments: [images, labels])
  func damage(bytes: [UInt8]) {
    let header = 4 + 4 * Int(bytes[3])
    for bit in 0..<header * 8 {
      var flipped = bytes
      flipped[bit / 8] ^= 1 << (bit % 8)
      #expect(throws: StorageError.self, "bit \(bit)") {
        try StoredArray(parsingIDX: flipped, path: "f")
      }
    }
    for count in bytes.indices {
      #expect(throws: StorageError.self, "\(count) bytes") {
        try StoredArray(parsingIDX: Array(bytes[..<count]), path: "f")
      }
    }
    #expect(throws: StorageError.self) { try StoredArray(parsingIDX: bytes + [0], path: "f") }
  }

  @Test(
    "says what is wrong",
    arguments: [
      ([0x1F, 0x8B, 8, 0], "unpack it"), ([0, 0, 0x0D, 1], "type 13"), ([], "ends within"),
      ([0x93, 0x4E, 0x55, 0x4D], "two zero bytes"), ([0, 0, 8, 255], "ends within the header"),
      ([0, 0, 8, 2] + [UInt8](repeating: 255, count: 8), "cannot be 0"),
      ([0, 0, 8, 3] + [UInt8](repeating: 255, count: 12), "cannot be 0"),
    ] as [([UInt8], String)])
  func faults(_ bytes: [UInt8], _ words: String) {
    let error = message { try StoredArray(parsingIDX: bytes, path: "f") }
    #expect(error.hasPrefix("'f' is not a valid IDX file: ") && error.contains(words), "\(error)")
  }
}
