import Storage
import Tasks
import TestSupport
import Testing

@Suite("The images of digits")
struct DigitsTests {
  /// The sum of all shades and their checksum were computed elsewhere, from scikit-learn's copy.
  @Test("are those of the data set to the last pixel")
  func contents() {
    let digits = ImageSet.digits
    #expect(digits.count == 1797 && digits.rows == 8 && digits.columns == 8)
    let shades = (0..<digits.count).flatMap { digits.pixels(of: $0).map { UInt8(16 * $0) } }
    #expect(shades.reduce(0) { $0 + Int($1) } == 561_718)
    var checksum = Checksum()
    checksum.update(shades)
    #expect(checksum.hexadecimal == "e04909f2dffeb769")
    #expect(shades.prefix(8) == [0, 0, 5, 13, 9, 1, 0, 0])
  }

  @Test("have pixels from 0 to 1, and the last hundred are held back")
  func pixels() {
    #expect(ImageSet.digits.training == 0..<1697)
    let pixels = ImageSet.digits.pixels(of: 0)
    #expect(pixels.count == 64 && pixels[3] == 13.0 / 16 && pixels.allSatisfy { $0 <= 1 })
  }
}

@Suite("A set of images from files")
struct ImageFileTests {
  /// Images of 2 by 3 pixels, each pixel the number of its image.
  static func file(_ count: Int, rows: UInt8 = 2) -> [UInt8] {
    let sizes = [0, 0, 0, UInt8(count), 0, 0, 0, rows, 0, 0, 0, 3]
    return [0, 0, 8, 3] + sizes + (0..<count * Int(rows) * 3).map { UInt8($0 / (3 * Int(rows))) }
  }

  @Test("is one file, the last hundred held back where there are more")
  func single() throws {
    let folder = try ScratchFolder()
    for (count, training) in [(130, 30), (100, 100), (3, 3)] {
      try writeAtomically(Self.file(count), to: folder("images"))
      let images = try ImageSet(reading: folder("images"))
      #expect(images.count == count && images.training == 0..<training)
      #expect(images.rows == 2 && images.columns == 3)
      #expect(images.pixels(of: count - 1) == [Float](repeating: Float(count - 1) / 255, count: 6))
    }
  }

  @Test("is a folder with two files, the first hundred of the second held back")
  func folder() throws {
    let folder = try ScratchFolder()
    try writeAtomically(Self.file(7), to: folder("train-images-idx3-ubyte"))
    try writeAtomically(Self.file(120), to: folder("t10k-images-idx3-ubyte"))
    let images = try ImageSet(reading: folder.path)
    #expect(images.count == 107 && images.training == 0..<7)
    #expect(images.pixels(of: 6)[0] == 6.0 / 255 && images.pixels(of: 7)[0] == 0)
    #expect(images.pixels(of: 106)[5] == 99.0 / 255)
  }

  @Test("is refused where files are missing, or are not images of one size")
  func faults() throws {
    let folder = try ScratchFolder()
    func expectFault(_ path: String, _ words: String) {
      let error = #expect(throws: StorageError.self) { try ImageSet(reading: path) }
      #expect(error.map { "\($0)".contains(words) } == true, "\(String(describing: error))")
    }
    expectFault(folder.path, "train-images-idx3-ubyte")
    try writeAtomically(Self.file(7), to: folder("train-images-idx3-ubyte"))
    expectFault(folder.path, "t10k-images-idx3-ubyte")
    for held in [Self.file(99), Self.file(100, rows: 1)] {
      try writeAtomically(held, to: folder("t10k-images-idx3-ubyte"))
      expectFault(folder.path, "100 or more images of size [2, 3]")
    }
    try writeAtomically([0, 0, 8, 1, 0, 0, 0, 2, 1, 2], to: folder("labels"))
    expectFault(folder("labels"), "images, rows and columns")
    let wide: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 1]
    try writeAtomically(wide + [UInt8](repeating: 0, count: 65_537), to: folder("wide"))
    expectFault(folder("wide"), "over 65536 pixels")
    try writeAtomically(Self.file(0), to: folder("none"))
    expectFault(folder("none"), "images, rows and columns")
  }
}
