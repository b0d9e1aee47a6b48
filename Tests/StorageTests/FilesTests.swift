import Storage
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

@Suite("Writing a file atomically")
struct WriteAtomicallyTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test("writes all bytes and leaves nothing else", arguments: [0, 1, 65536, 3_000_000])
  func writes(count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    try writeAtomically("old", to: folder("file"))
    try writeAtomically(bytes, to: folder("file"))
    #expect(try readFile(folder("file")) == bytes)
    #expect(folder.names == ["file"])
  }

  @Test("keeps the permissions of the old file")
  func permissions() throws {
    try writeAtomically("old", to: folder("file"))
    chmod(folder("file"), 0o640)
    try writeAtomically("new", to: folder("file"))
    var status = stat()
    #expect(stat(folder("file"), &status) == 0 && status.st_mode & 0o777 == 0o640)
  }

  @Test("keeps the old file where it is asked to")
  func keeps() throws {
    for text in ["first", "second", "third"] {
      try writeAtomically(Array(text.utf8), to: folder("file"), keeping: folder("old"))
    }
    #expect(try readFile(folder("file")) == Array("third".utf8))
    #expect(try readFile(folder("old")) == Array("second".utf8))
    #expect(folder.names == ["file", "old"])
  }

  @Test("refuses a folder and a missing folder")
  func wrongPlaces() throws {
    try createDirectory(folder("sub"))
    #expect(
      message { try writeAtomically("x", to: folder("sub")) }
        == "cannot write '\(folder("sub"))': Is a directory")
    #expect(
      message { try writeAtomically("x", to: folder("none/file")) }
        == "cannot open the folder '\(folder("none"))': No such file or directory")
    try writeAtomically("x", to: folder("file"))
    #expect(message { try writeAtomically("x", to: folder("file/x")) }.contains("Not a directory"))
    #expect(message { try writeAtomically("x", to: "") }.hasPrefix("cannot "))
    #expect(folder.names == ["file", "sub"])
  }

  @Test("leaves the old file when the new one does not fit")
  func tooLarge() throws {
    try writeAtomically("old", to: folder("file"))
    let error = withFileSizeLimit(8 << 20) {
      message { try writeAtomically([UInt8](repeating: 1, count: 9 << 20), to: folder("file")) }
    }
    #expect(error == "cannot write '\(folder("file"))': File too large")
    #expect(try readFile(folder("file")) == Array("old".utf8))
    #expect(folder.names == ["file"])
  }

  @Test("leaves the old file when the folder is read-only", .enabled(if: geteuid() != 0))
  func readOnly() throws {
    try writeAtomically("old", to: folder("file"))
    chmod(folder.path, 0o500)
    defer { chmod(folder.path, 0o700) }
    #expect(
      message { try writeAtomically("new", to: folder("file")) }
        == "cannot create '\(folder("file"))': Permission denied")
    #expect(try readFile(folder("file")) == Array("old".utf8))
    #expect(folder.names == ["file"])
  }

  /// Runs `body` while no file of this process may grow beyond `limit` bytes; the limit is far
  /// above what the tests that run at the same time write.
  private func withFileSizeLimit<Result>(_ limit: UInt, _ body: () throws -> Result) rethrows
    -> Result
  {
    var old = rlimit()
    #if canImport(Glibc)
      let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
    #else
      let resource = RLIMIT_FSIZE
    #endif
    signal(SIGXFSZ, SIG_IGN)
    getrlimit(resource, &old)
    var new = old
    new.rlim_cur = rlim_t(limit)
    setrlimit(resource, &new)
    defer { setrlimit(resource, &old) }
    return try body()
  }
}

@Suite("The lock of a folder")
struct FolderLockTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test("has one owner at a time")
  func owner() throws {
    do {
      let lock = try FolderLock(folder.path)
      #expect(throws: StorageError.inUse(path: folder.path)) { try FolderLock(folder.path) }
      _ = lock
    }
    _ = try FolderLock(folder.path)
  }

  @Test("clears away what was not finished, and nothing else")
  func unfinished() throws {
    for name in [".tightrope-0123.tmp", "run.tmp", ".tightrope-notes"] {
      try writeAtomically("x", to: folder(name))
    }
    _ = try FolderLock(folder.path)
    #expect(folder.names == [".lock", ".tightrope-notes", "run.tmp"])
  }
}

@Suite("Reading a file")
struct ReadFileTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test("bounds the size")
  func limit() throws {
    try writeAtomically("12345", to: folder("file"))
    #expect(try readFile(folder("file"), limit: 5).count == 5)
    #expect(throws: StorageError.tooLarge(path: folder("file"), limit: 4)) {
      try readFile(folder("file"), limit: 4)
    }
    #expect(throws: StorageError.tooLarge(path: "/dev/zero", limit: 100)) {
      try readFile("/dev/zero", limit: 100)
    }
  }

  @Test("refuses a folder and a missing file")
  func wrongPlaces() {
    #expect(message { try readFile(folder.path) } == "cannot read '\(folder.path)': Is a directory")
    #expect(message { try readFile(folder("no")) }.hasSuffix("No such file or directory"))
  }

  @Test("reads files that do not tell their size", .enabled(if: fileExists("/proc/self/stat")))
  func unknownSize() throws {
    let path = "/proc/self/stat"
    #expect(try !readFile(path).isEmpty)
    #expect(throws: StorageError.tooLarge(path: path, limit: 1)) { try readFile(path, limit: 1) }
  }
}

@Suite("Folders")
struct FolderTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test("are made, with their parents when asked")
  func creation() throws {
    #expect(message { try createDirectory(folder("a/b")) }.contains("No such file or directory"))
    for _ in 0..<2 { try createDirectory(folder("a/b/c/"), intermediate: true) }
    #expect(directoryExists(folder("a/b/c")) && fileExists(folder("a")))
    #expect(!fileExists(folder("x")) && !directoryExists(folder("x")))
  }

  @Test("are not made over files")
  func obstacle() throws {
    try writeAtomically("", to: folder("file"))
    #expect(message { try createDirectory(folder("file")) }.hasSuffix("File exists"))
    #expect(
      message { try createDirectory(folder("file/sub"), intermediate: true) }
        == "cannot create the folder '\(folder("file"))': File exists")
    try removeFile(folder("file"))
    #expect(message { try removeFile(folder("file")) }.hasPrefix("cannot remove"))
  }

  @Test(
    "are found from paths",
    arguments: [("a/b", "a"), ("b", "."), ("/b", "/"), ("a/b//", "a"), ("/", "/"), ("", ".")])
  func parents(path: String, parent: String) {
    #expect(parentDirectory(path) == parent)
  }
}

@Suite("JSON Lines")
struct JSONLinesTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func write(_ values: JSONValue...) throws {
    let writer = try JSONLinesWriter(folder("log"))
    for value in values { try writer.append(value) }
  }

  private func read() throws -> [JSONValue] { try readJSONLines(folder("log")) }

  @Test("are appended across writers")
  func appends() throws {
    try write(["step": 1, "text": "a\nb"], nil)
    try write(["loss": .number(.nan)])
    #expect(try read() == [["step": 1, "text": "a\nb"], nil, ["loss": "nan"]])
  }

  @Test("lose only an unfinished last line, wherever it was cut")
  func truncation() throws {
    try write(["a": 1], ["b": [2, 3]])
    let bytes = try readFile(folder("log"))
    let lineEnds = [7, 19]  // A table is whole without its line feed.
    for end in bytes.indices {
      try writeAtomically(Array(bytes[..<end]), to: folder("log"))
      let expected: [JSONValue] = [["a": 1], ["b": [2, 3]]]
      let count = lineEnds.count { $0 <= end }
      #expect(try read() == Array(expected.prefix(count)), "cut at \(end)")
      try write(4)
      #expect(try read() == expected.prefix(count) + [4], "cut at \(end)")
    }
  }

  @Test("drop an unfinished number, which may have lost digits")
  func scalars() throws {
    try writeAtomically("12\n\n12", to: folder("log"))
    #expect(try read() == [12])
    try writeAtomically("", to: folder("log"))
    #expect(try read() == [])
  }

  @Test("refuse other damage and name its line")
  func damage() throws {
    try writeAtomically("{}\n{\"a\":}\n{}\n", to: folder("log"))
    let reason = "line 2, column 6: expected a value, found '}'"
    #expect(
      message { try read() } == "'\(folder("log"))' is not a valid JSON Lines file: \(reason)")
    #expect(message { try JSONLinesWriter(folder.path) }.hasSuffix("Is a directory"))
  }

  @Test("report a full disk", .enabled(if: fileExists("/dev/full")))
  func full() throws {
    let writer = try JSONLinesWriter("/dev/full")
    #expect(
      message { try writer.append([1]) } == "cannot write '/dev/full': No space left on device")
  }
}
