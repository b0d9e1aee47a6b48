import Storage
import Testing

@Suite("A NumPy file")
struct NPYTests {
  static let arrays = [
    StoredArray([1, -0.0, .nan, .infinity, .leastNonzeroMagnitude, 3] as [Float], shape: [2, 3]),
    StoredArray([.pi] as [Double], shape: []), StoredArray([] as [Int32], shape: [0, 2]),
    StoredArray([.min, .max] as [Int64]), StoredArray([7] as [UInt8], shape: [1, 1, 1]),
    StoredArray([.max] as [UInt32]), StoredArray([.max, 0] as [UInt64]),
  ]

  @Test("reads back bit for bit", arguments: arrays)
  func roundTrip(array: StoredArray) throws {
    let folder = try TemporaryFolder()
    try array.writeNPY(to: folder("x.npy"))
    #expect(try StoredArray(readingNPY: folder("x.npy")) == array)
    #expect((array.npyBytes.count - array.bytes.count) % 64 == 0)
  }

  @Test("has the header NumPy writes")
  func header() {
    let bytes = StoredArray([1, 2] as [Float]).npyBytes
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"
    let padding = String(repeating: " ", count: 117 - text.count)
    #expect(bytes[..<10] == [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, 118, 0])
    #expect(String(decoding: bytes[10..<128], as: UTF8.self) == text + padding + "\n")
    #expect(bytes[128...] == [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40])
  }

  static func file(header: String, data: Int = 4) -> [UInt8] {
    [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
      + [UInt8](repeating: 0, count: data)
  }

  @Test(
    "is read however Python spells the header",
    arguments: [
      #"{"shape":(1,),"descr":"<f4","fortran_order":False}"#,
      "{ 'fortran_order' : False , 'shape' : ( 1 ) , 'descr' : '<f4' , } \n",
      "{'descr':'<f4','fortran_order':False,'shape':()}",
    ])
  func spellings(header: String) throws {
    #expect(try StoredArray(parsingNPY: Self.file(header: header), path: "f").bytes.count == 4)
  }

  @Test(
    "refuses what it cannot hold and what is damaged",
    arguments: [
      ("'<f4'", "True", "(1,)", "Fortran order"), ("'|O'", "False", "(1,)", "Python objects"),
      ("'>f4'", "False", "(1,)", "'>f4'; supported are <f4"), ("'<f2'", "False", "(2,)", "'<f2'"),
      ("'<f4'", "False", "(2,)", "F32 [2] cannot have 4 bytes"), ("'<f4'", "0", "(1,)", "'False'"),
      ("'<f4'", "False", "(-1,)", "no count"), ("'<f4'", "False", "(1", "')'"),
      ("'<f4'", "False", "(99999999999999999999,)", "no count"),
      ("'<f4'", "False", "(9223372036854775807, 9)", "cannot have"),
      ("[('a', '<f4')]", "False", "(1,)", "lacks"), ("'<f4'", "False", "(1,), 'x': 'y'", "'x'"),
      ("'<f4', 'descr': '<f4'", "False", "(1,)", "repeated"), ("'<f4", "False", "(1,)", "lacks"),
    ])
  func refuses(descr: String, fortran: String, shape: String, reason: String) {
    let header = "{'descr': \(descr), 'fortran_order': \(fortran), 'shape': \(shape)}"
    let error = message { try StoredArray(parsingNPY: Self.file(header: header), path: "f") }
    #expect(
      error.hasPrefix("'f' is not a valid NumPy file: ") && error.contains(reason), "\(error)")
  }

  @Test("refuses other versions and headers without all keys")
  func structure() {
    var bytes = Self.arrays[0].npyBytes
    bytes[6] = 2
    #expect(message { try StoredArray(parsingNPY: bytes, path: "f") }.contains("version is 2.0"))
    for header in ["", "{}", "{'descr': '<f4'}", "{'descr': '<f4'} x"] {
      #expect(throws: StorageError.self) {
        try StoredArray(parsingNPY: Self.file(header: header), path: "f")
      }
    }
  }

  @Test("survives every flipped bit and refuses every truncation", arguments: arrays)
  func damage(array: StoredArray) {
    let bytes = array.npyBytes
    for count in bytes.indices {
      #expect(throws: StorageError.self) {
        try StoredArray(parsingNPY: Array(bytes[..<count]), path: "f")
      }
    }
    for bit in 0..<bytes.count * 8 {
      var flipped = bytes
      flipped[bit / 8] ^= 1 << (bit % 8)
      _ = try? StoredArray(parsingNPY: flipped, path: "f")
    }
  }
}
