/// Named arrays and texts, as a safetensors file holds them.
///
/// The file is: 8 bytes with the length of the header, the header in JSON, the bytes of the arrays.
/// Files interchange with the reference implementation; of its element types those of
/// `ElementType` are supported.
/// Reference: Hugging Face, *safetensors*, format description in the README.
package struct SafetensorsFile: Equatable, Sendable {
  /// One array with its name.
  package struct Entry: Equatable, Sendable {
    package let name: String
    package let array: StoredArray

    /// Names an array.
    package init(name: String, array: StoredArray) { (self.name, self.array) = (name, array) }
  }

  /// The arrays in the order of the header.
  package private(set) var entries: [Entry] = []
  /// Texts for the reader, without the checksum.
  package var metadata: [String: String]
  /// What error messages call this file.
  package internal(set) var path = "safetensors"
  private var positions: [String: Int] = [:]

  /// A file without arrays.
  package init(metadata: [String: String] = [:]) { self.metadata = metadata }

  /// The array of that name; a new name goes last, and assigning nil removes the array.
  package subscript(name: String) -> StoredArray? {
    get { positions[name].map { entries[$0].array } }
    set {
      precondition(name != SafetensorsKey.metadata, "no array may be called '\(name)'")
      guard let newValue else { return remove(name) }
      let entry = Entry(name: name, array: newValue)
      if let position = positions[name] {
        entries[position] = entry
      } else {
        positions[name] = entries.count
        entries.append(entry)
      }
    }
  }

  private mutating func remove(_ name: String) {
    guard let position = positions.removeValue(forKey: name) else { return }
    entries.remove(at: position)
    for later in position..<entries.count { positions[entries[later].name] = later }
  }

  /// The array of that name.
  ///
  /// - Throws: `StorageError.missingArray`.
  package func array(_ name: String) throws(StorageError) -> StoredArray {
    if let array = self[name] { return array }
    let suggestion = nearestName(to: name, in: entries.map(\.name))
    throw .missingArray(path: path, name: name, suggestion: suggestion)
  }

  /// The numbers of the array of that name.
  ///
  /// - Throws: `StorageError.missingArray`, `StorageError.wrongElementType`.
  package func values<Scalar: StoredScalar>(
    _ name: String, as type: Scalar.Type
  ) throws(StorageError) -> [Scalar] {
    let array = try array(name)
    if let values = array.values(as: type) { return values }
    throw .wrongElementType(
      name: name, expected: type.elementType.rawValue, got: array.elementType.rawValue)
  }

  /// The numbers of an array of `Float`.
  package func floats(_ name: String) throws(StorageError) -> [Float] {
    try values(name, as: Float.self)
  }

  /// The numbers of an array of `Double`.
  package func doubles(_ name: String) throws(StorageError) -> [Double] {
    try values(name, as: Double.self)
  }

  /// Whether arrays and metadata agree; the path does not count.
  package static func == (left: SafetensorsFile, right: SafetensorsFile) -> Bool {
    left.entries == right.entries && left.metadata == right.metadata
  }
}

/// The names with a meaning in safetensors headers.
enum SafetensorsKey {
  static let metadata = "__metadata__"
  static let checksum = "tightrope.checksum"
}
