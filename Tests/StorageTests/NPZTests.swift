import Storage
import Testing

@Suite("A NumPy archive")
struct NPZTests {
  /// An archive as numpy.savez writes it: sizes of the local headers in an extra field, true ones in the directory.
  static func archive(_ arrays: [(String, StoredArray)], method: UInt8 = 0) -> [UInt8] {
    func little(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    var (bytes, directory) = ([UInt8](), [UInt8]())
    for (name, array) in arrays {
      let (file, title) = (array.npyBytes, Array((name + ".npy").utf8))
      let place = bytes.count
      bytes +=
        Array("PK\u{3}\u{4}".utf8) + [45, 0, 0, 0, method, 0] + [UInt8](repeating: 0, count: 8)
      bytes += [UInt8](repeating: 0xFF, count: 8) + little(title.count, 2) + [20, 0] + title
      bytes += [1, 0, 16, 0] + little(file.count, 8) + little(file.count, 8) + file
      directory += Array("PK\u{1}\u{2}".utf8) + [45, 3, 45, 0, 0, 0, method, 0]
      directory += [UInt8](repeating: 0, count: 8) + little(file.count, 4) + little(file.count, 4)
      directory +=
        little(title.count, 2) + [UInt8](repeating: 0, count: 12) + little(place, 4) + title
    }
    let end = little(arrays.count, 2) + little(arrays.count, 2) + little(directory.count, 4)
    return bytes + directory + Array("PK\u{5}\u{6}".utf8) + [0, 0, 0, 0] + end
      + little(bytes.count, 4) + [0, 0]
  }

  static let arrays = [
    ("a", StoredArray([1, 2] as [Float])),
    ("b", StoredArray([3, 4, 5] as [Int64], shape: [3, 1])),
  ]

  @Test("holds arrays by name")
  func contents() throws {
    let folder = try TemporaryFolder()
    try writeAtomically(Self.archive(Self.arrays), to: folder("x.npz"))
    let file = try NPZFile(reading: folder("x.npz"))
    #expect(file.names == ["a", "b"])
    for (name, array) in Self.arrays { #expect(try file.array(name) == array) }
    #expect(try file.array("c") == nil)
    #expect(throws: StorageError.self) { try NPZFile(reading: folder("none")) }
  }

  @Test("refuses what is compressed, and says what to do")
  func compressed() {
    let error = #expect(throws: StorageError.self) {
      try NPZFile(parsing: Self.archive(Self.arrays, method: 8), path: "f")
    }
    #expect(error?.description.contains("numpy.savez") == true)
  }

  @Test("never crashes on what is damaged")
  func damage() throws {
    let bytes = Self.archive(Self.arrays)
    for length in 0..<bytes.count {
      #expect(throws: StorageError.self) {
        try NPZFile(parsing: Array(bytes.prefix(length)), path: "f")
      }
    }
    for place in bytes.indices {
      var damaged = bytes
      damaged[place] ^= 0xFF
      let file = try? NPZFile(parsing: damaged, path: "f")
      for name in file?.names ?? [] { _ = try? file?.array(name) }
    }
  }
}
