import Storage
import Testing

@Suite("A safetensors file")
struct SafetensorsTests {
  static let sample: SafetensorsFile = {
    var file = SafetensorsFile(metadata: ["step": "12", "config": #"{"a":"é"}"#])
    file["bytes"] = StoredArray([1, 2, 255] as [UInt8])
    file["weights"] = StoredArray(
      [1, -0.0, .pi, .infinity, .leastNonzeroMagnitude, 3] as [Float], shape: [2, 3])
    file["empty"] = StoredArray([] as [Int32], shape: [0, 4])
    file["scalar"] = StoredArray([-2.5] as [Double], shape: [])
    file["integers"] = StoredArray([.min, .max] as [Int64])
    file["i32"] = StoredArray([.min, .max] as [Int32])
    file["u32"] = StoredArray([0, .max] as [UInt32])
    file["counters"] = StoredArray([1, .max] as [UInt64])
    return file
  }()

  /// The bytes of a file with this header and so many bytes of data.
  static func file(header: String, data: Int = 0, length: Int? = nil) -> [UInt8] {
    let header = Array(header.utf8)
    let length = UInt64(length ?? header.count)
    let prefix = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
    return prefix + header + [UInt8](repeating: 0, count: data)
  }

  @Test("reads back bit for bit")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    try Self.sample.write(to: folder("x"))
    let read = try SafetensorsFile(reading: folder("x"), checksum: .required)
    #expect(read == Self.sample)
    #expect(try read.floats("weights").map(\.bitPattern)[1] == 0x8000_0000)
    #expect(try read.doubles("scalar") == [-2.5])
    #expect(try read.values("counters", as: UInt64.self) == [1, .max])
    #expect(read["empty"]?.shape == [0, 4])
  }

  @Test("without arrays reads back")
  func empty() throws {
    let file = SafetensorsFile()
    #expect(try SafetensorsFile(parsing: file.serialized(), path: "x") == file)
  }

  @Test("keeps its order through edits")
  func edits() {
    var file = Self.sample
    file["bytes"] = nil
    file["weights"] = StoredArray([1] as [Float])
    file["new"] = StoredArray([2] as [Float])
    #expect(file.entries.map(\.name).prefix(2) == ["weights", "empty"])
    #expect(file.entries.last?.name == "new" && file["new"]?.values(as: Float.self) == [2])
    #expect(file["weights"]?.shape == [1] && file["counters"]?.shape == [2])
  }

  @Test("aligns every array to its element")
  func alignment() throws {
    let bytes = Self.sample.serialized()
    let length = Int(bytes[0]) + Int(bytes[1]) << 8
    let header = try JSONValue(parsing: Array(bytes[8..<8 + length]))
    #expect(length % 8 == 0)
    for entry in Self.sample.entries {
      let start = header[entry.name]?["data_offsets"]?.array?.first?.integer
      #expect(Int(try #require(start)) % entry.array.elementType.byteCount == 0)
    }
  }

  @Test("names what it lacks")
  func access() {
    #expect(
      message { try Self.sample.floats("wieghts") }
        == "'safetensors' has no array 'wieghts': did you mean 'weights'?")
    #expect(
      message { try Self.sample.doubles("weights") } == "array 'weights' holds F32, not F64")
  }

  @Test("refuses a header that lies", arguments: lies)
  func refuses(header: String, data: Int, reason: String) {
    let error = message {
      try SafetensorsFile(parsing: Self.file(header: header, data: data), path: "f")
    }
    #expect(error.hasPrefix("'f' is not a valid safetensors file: "))
    #expect(error.contains(reason), "\(error)")
  }

  static let lies: [(String, Int, String)] = [
    ("", 0, "expected a value"), ("[]", 0, "not a table"), (" {}", 0, "not a table"),
    ("{}", 1, "arrays end at 0, the data at 1"), ("{}x", 0, "column 3"),
    (#"{"__metadata__":[]}"#, 0, "metadata are not"),
    (#"{"__metadata__":{"a":1}}"#, 0, "metadata 'a' is not a string"),
    (#"{"a":1}"#, 0, "'a' is not described"), (one(shape: "[1]", extra: #","x":1"#), 4, "alone"),
    (one(type: "\"F16\""), 4, #"elements "F16"; supported are F32"#),
    (one(type: "3"), 4, "elements 3"), (one(shape: "1"), 4, "shape of 'a' is not a list"),
    (one(shape: "[-1]"), 4, "has -1"), (one(shape: "[1.0]"), 4, "has 1.0"),
    (one(shape: "[2]"), 4, "F32 [2] cannot have 4 bytes"),
    (one(shape: "[4611686018427387905]"), 4, "cannot have 4 bytes"),
    (one(shape: "[9223372036854775807,0]"), 0, "cannot have"),
    (one(offsets: "[0]"), 4, "not a start and an end"),
    (one(offsets: "[4,0]"), 4, "not a start and an end"),
    (one(offsets: "[0,9223372036854775807]"), 4, "cannot have"),
    (one(offsets: "[9223372036854775803,9223372036854775807]"), 4, "leave a hole"),
    (one(offsets: "[4,8]"), 8, "leave a hole at byte 0"), (one(), 3, "the data at 3"),
    (one(), 5, "arrays end at 4, the data at 5"),
    (
      #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"#
        + #""b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#, 3, "overlap at byte 1"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"#
        + #""a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#, 0, "duplicate key \"a\""
    ),
  ]

  static func one(
    type: String = "\"F32\"", shape: String = "[1]", offsets: String = "[0,4]", extra: String = ""
  ) -> String {
    #"{"a":{"dtype":\#(type),"shape":\#(shape),"data_offsets":\#(offsets)\#(extra)}}"#
  }

  @Test(
    "refuses a length that lies",
    arguments: [(0, "expected a value"), (3, "does not fit"), (100_000_001, "over the limit")])
  func lengths(length: Int, reason: String) {
    let bytes = Self.file(header: "{}", length: length)
    #expect(message { try SafetensorsFile(parsing: bytes, path: "f") }.contains(reason))
    let huge = [UInt8](repeating: 0xFF, count: 100)
    #expect(message { try SafetensorsFile(parsing: huge, path: "f") }.contains("over the limit"))
  }

  @Test("reads files of other programs, unless it insists on a checksum")
  func foreign() throws {
    let bytes = Self.file(header: Self.one() + "   ", data: 4)
    #expect(try SafetensorsFile(parsing: bytes, path: "f").floats("a") == [0])
    #expect(throws: StorageError.checksumMissing(path: "f")) {
      try SafetensorsFile(parsing: bytes, path: "f", checksum: .required)
    }
  }

  @Test("refuses every truncation and extension")
  func truncation() {
    let bytes = Self.sample.serialized()
    for count in bytes.indices {
      #expect(throws: StorageError.self) {
        try SafetensorsFile(parsing: Array(bytes[..<count]), path: "f")
      }
    }
    #expect(throws: StorageError.self) { try SafetensorsFile(parsing: bytes + [0], path: "f") }
  }

  @Test("refuses every flipped bit")
  func flips() {
    let bytes = Self.sample.serialized()
    for bit in 0..<bytes.count * 8 {
      var flipped = bytes
      flipped[bit / 8] ^= 1 << (bit % 8)
      #expect(throws: StorageError.self, "bit \(bit)") {
        try SafetensorsFile(parsing: flipped, path: "f", checksum: .required)
      }
    }
  }

  @Test("refuses elements renamed to a type of the same size")
  func renamed() throws {
    var bytes = Self.sample.serialized()
    let name = try #require(bytes.indices.first { bytes[$0...].starts(with: "F32".utf8) })
    bytes[name] = UInt8(ascii: "I")
    #expect(message { try SafetensorsFile(parsing: bytes, path: "f") }.contains("is damaged"))
  }

  @Test("refuses exchanged data")
  func exchange() throws {
    var bytes = Self.sample.serialized()
    bytes.swapAt(bytes.count - 1, bytes.count - 2)
    let error = message { try SafetensorsFile(parsing: bytes, path: "f") }
    #expect(error.hasPrefix("'f' is damaged: its checksum is "))
  }
}
