import Storage

/// The points of a NumPy file of float32 or float64, [n, D] with n at least 1.
/// - Throws: `StorageError` for a file that cannot be read, of another shape, or with a number that is not
///   finite.
public func readPoints(_ path: String, dimension: Int) throws -> [Float] {
  let file = try StoredArray(readingNPY: path)
  guard file.shape.count == 2, file.shape[1] == dimension, file.shape[0] > 0 else {
    throw StorageError.malformed(
      path: path, format: "NumPy",
      reason: "its shape is \(file.shape), not [n, \(dimension)] with n at least 1")
  }
  let rows = file.values(as: Float.self) ?? file.values(as: Double.self)?.map { Float($0) }
  guard let rows else {
    throw StorageError.malformed(
      path: path, format: "NumPy",
      reason: "it holds \(file.elementType.rawValue), not float32 or float64")
  }
  guard rows.allSatisfy(\.isFinite) else {
    throw StorageError.malformed(
      path: path, format: "NumPy", reason: "it holds a number that is not finite")
  }
  return rows
}
