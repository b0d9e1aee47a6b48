import Storage

extension TransitionSet {
  /// The transitions of an .npz file, or of a folder with an .npy file for each array.
  ///
  /// `observations` and `next_observations`, [n, S]; `actions`, [n, A]; `rewards` and `terminals`, [n], the latter not 0
  /// where nothing follows, and all 0 where they are left out.
  /// - Throws: `StorageError`.
  public init(reading path: String) throws(StorageError) {
    let source = try ArraySource(path)
    let observations = try source.table("observations", rows: nil)
    let n = observations.values.count / observations.columns
    let next = try source.table("next_observations", rows: n, columns: observations.columns)
    let actions = try source.table("actions", rows: n)
    let rewards = try source.table("rewards", rows: n, columns: 1)
    let ends =
      try source.find("terminals") == nil
      ? [] : source.table("terminals", rows: n, columns: 1).values
    self.init(
      table: observations.values + next.values, stateDimension: observations.columns,
      conditionCount: n, actions: actions.values, actionDimension: actions.columns,
      rewards: rewards.values, states: (0..<n).map { Int32($0) },
      nextStates: (0..<n).map { Int32(n + $0) },
      ends: ends.isEmpty ? [Bool](repeating: false, count: n) : ends.map { $0 != 0 })
  }
}

/// Named arrays of an archive or a folder.
private struct ArraySource {
  private let path: String
  private let archive: NPZFile?

  init(_ path: String) throws(StorageError) {
    self.path = path
    archive = directoryExists(path) ? nil : try NPZFile(reading: path)
  }

  func find(_ name: String) throws(StorageError) -> StoredArray? {
    if let archive { return try archive.array(name) }
    let file = "\(path)/\(name).npy"
    return fileExists(file) ? try StoredArray(readingNPY: file) : nil
  }

  /// A table of finite numbers; an array of one axis is a column.
  /// - Parameter rows: How many there must be; nil for any number but 0.
  func table(
    _ name: String, rows: Int?, columns: Int? = nil
  ) throws(StorageError) -> (values: [Float], columns: Int) {
    guard let array = try find(name) else {
      throw .missingArray(path: path, name: name, suggestion: nil)
    }
    let shape = array.shape.count == 1 ? [array.shape[0], 1] : array.shape
    let isTable = shape.count == 2 && shape[0] == rows ?? shape[0] && shape[0] > 0
    guard isTable, shape[1] == columns ?? shape[1], shape[1] > 0 else {
      let expected = "[\(rows.map { "\($0)" } ?? "n"), \(columns.map { "\($0)" } ?? "columns")]"
      throw fault("'\(name)' has the shape \(array.shape), expected \(expected)")
    }
    guard let values = array.floats else {
      throw fault("'\(name)' holds \(array.elementType.rawValue), expected float32 or float64")
    }
    guard values.allSatisfy(\.isFinite) else {
      throw fault("'\(name)' holds a number that is not finite")
    }
    return (values, shape[1])
  }

  private func fault(_ reason: String) -> StorageError {
    .malformed(path: path, format: "transitions", reason: reason)
  }
}

extension StoredArray {
  /// Numbers, or bytes for truth values, as 32-bit floats; nil for others.
  fileprivate var floats: [Float]? {
    values(as: Float.self) ?? values(as: Double.self)?.map { Float($0) }
      ?? values(as: UInt8.self)?.map { Float($0) } ?? values(as: Int64.self)?.map { Float($0) }
  }
}
