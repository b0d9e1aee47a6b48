// The readers of files, for libFuzzer. Compiled together with the sources of Storage by `make fuzz`.
//
// The first byte says which reader, the others are the file. A reader may refuse; it must not crash,
// hang or ask for memory out of proportion.

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  guard size > 0 else { return 0 }
  let bytes = Array(UnsafeBufferPointer(start: data + 1, count: size - 1))
  switch data[0] % 7 {
  case 0: readSafetensors(bytes)
  case 1: _ = try? StoredArray(parsingNPY: bytes, path: "f")
  case 2: _ = try? StoredArray(parsingIDX: bytes, path: "f")
  case 3: readJSON(bytes)
  case 6: readTOML(bytes)
  case 4: _ = try? JSONValue(settings: [String(decoding: bytes, as: UTF8.self)])
  default: writeAndRead(bytes)
  }
  return 0
}

/// A file that is read must be written and read again as it was.
private func readSafetensors(_ bytes: [UInt8]) {
  guard let file = try? SafetensorsFile(parsing: bytes, path: "f", checksum: .ifPresent) else {
    return
  }
  let again = try? SafetensorsFile(parsing: file.serialized(), path: "f", checksum: .required)
  precondition(again != nil, "a file that was read cannot be written and read again")
}

/// Text that is read must be printed and read again as it was.
private func readJSON(_ bytes: [UInt8]) {
  guard let value = try? JSONValue(parsing: bytes) else { return }
  let again = try? JSONValue(parsing: value.compact)
  precondition(again == value, "JSON text that was read is not the same when printed and read")
}

/// A document that is read is a tree that JSON can hold.
private func readTOML(_ bytes: [UInt8]) {
  guard let value = try? JSONValue(parsingTOML: bytes) else { return }
  precondition((try? JSONValue(parsing: value.compact)) == value, "TOML became what is no JSON")
}

/// Any bytes may be an array's.
private func writeAndRead(_ bytes: [UInt8]) {
  let array = StoredArray(bytes)
  precondition((try? StoredArray(parsingNPY: array.npyBytes, path: "f")) == array)
}
