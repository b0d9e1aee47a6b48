// NumPy's file of several named arrays: a ZIP archive with an .npy file for each, as numpy.savez writes it.
//
// The central directory at the end says where each file is; only files that are stored as they are can be read, and
// archives below 4 GB.
// Reference: PKWARE, *.ZIP file format specification*, 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.

/// The arrays of an .npz file by name.
package struct NPZFile {
  private let bytes: [UInt8]
  private let path: String
  private let places: [String: Range<Int>]

  /// Reads the directory of an .npz file.
  ///
  /// - Throws: `StorageError`.
  package init(reading path: String) throws(StorageError) {
    try self.init(parsing: readFile(path), path: path)
  }

  /// Reads the directory of the bytes of an .npz file.
  ///
  /// - Parameter path: what error messages call the file.
  /// - Throws: `StorageError.malformed`.
  package init(parsing bytes: [UInt8], path: String) throws(StorageError) {
    let archive = Archive(bytes: bytes, path: path)
    (self.bytes, self.path) = (bytes, path)
    var places: [String: Range<Int>] = [:]
    for (name, place) in try archive.files() where name.hasSuffix(".npy") {
      places[String(name.dropLast(4))] = place
    }
    self.places = places
  }

  /// The names of the arrays, sorted.
  package var names: [String] { places.keys.sorted() }

  /// The array of a name, nil where there is none.
  ///
  /// - Throws: `StorageError.malformed`.
  package func array(_ name: String) throws(StorageError) -> StoredArray? {
    guard let place = places[name] else { return nil }
    return try StoredArray(parsingNPY: Array(bytes[place]), path: "\(path)/\(name).npy")
  }
}

/// The parts of a ZIP archive that are read.
private struct Archive {
  let bytes: [UInt8]
  let path: String

  /// Name and bytes of each file.
  func files() throws(StorageError) -> [(String, Range<Int>)] {
    let end = try endOfDirectory()
    var (place, files) = (number(end + 16, 4), [(String, Range<Int>)]())
    for _ in 0..<number(end + 10, 2) {
      guard place + 46 <= end, matches("PK\u{1}\u{2}", at: place) else {
        throw fault("its directory is damaged")
      }
      let length = number(place + 28, 2)
      guard place + 46 + length <= end else { throw fault("its directory is damaged") }
      let name = String(decoding: bytes[place + 46..<place + 46 + length], as: UTF8.self)
      files.append((name, try contents(name, entry: place)))
      place += 46 + length + number(place + 30, 2) + number(place + 32, 2)
    }
    return files
  }

  /// Where the bytes of a file are, by its entry in the directory.
  private func contents(_ name: String, entry: Int) throws(StorageError) -> Range<Int> {
    guard number(entry + 10, 2) == 0 else {
      throw fault("'\(name)' is compressed; write it with numpy.savez")
    }
    let (size, header) = (number(entry + 24, 4), number(entry + 42, 4))
    guard header + 30 <= bytes.count, matches("PK\u{3}\u{4}", at: header) else {
      throw fault("'\(name)' is not where the directory says")
    }
    let start = header + 30 + number(header + 26, 2) + number(header + 28, 2)
    guard start + size <= bytes.count else { throw fault("it ends within '\(name)'") }
    return start..<start + size
  }

  /// The record at the end, which a comment may follow.
  private func endOfDirectory() throws(StorageError) -> Int {
    let last = bytes.count - 22
    guard last >= 0 else { throw fault("it is too short for an archive") }
    for place in stride(from: last, through: max(0, last - 0xFFFF), by: -1)
    where matches("PK\u{5}\u{6}", at: place) { return place }
    throw fault("it has no directory at its end")
  }

  private func matches(_ magic: String, at place: Int) -> Bool {
    bytes[place...].starts(with: magic.utf8)
  }

  /// The unsigned number at a place, least significant byte first.
  private func number(_ place: Int, _ size: Int) -> Int {
    bytes[place..<place + size].reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  private func fault(_ reason: String) -> StorageError {
    .malformed(path: path, format: "NumPy archive", reason: reason)
  }
}
