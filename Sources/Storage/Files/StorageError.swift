/// What went wrong with a file, and which one.
public enum StorageError: Error, Equatable, Sendable {
  /// The system refused an operation, with the reason in its words.
  case io(path: String, operation: String, reason: String)
  /// A folder that someone else writes in.
  case inUse(path: String)
  /// A file larger than the reader accepts.
  case tooLarge(path: String, limit: Int)
  /// Contents that are not what the format asks for.
  case malformed(path: String, format: String, reason: String)
  /// Contents that changed since they were written.
  case checksumMismatch(path: String, expected: String, got: String)
  /// A file without the checksum its reader insists on.
  case checksumMissing(path: String)
  /// An array the file does not have.
  case missingArray(path: String, name: String, suggestion: String?)
  /// An array of other elements than asked for.
  case wrongElementType(name: String, expected: String, got: String)
}

extension StorageError: CustomStringConvertible {
  /// One sentence for the user.
  public var description: String {
    switch self {
    case .io(let path, let operation, let reason):
      "cannot \(operation) '\(path)': \(reason)"
    case .inUse(let path):
      "'\(path)' is in use: another run is training in it"
    case .tooLarge(let path, let limit):
      "'\(path)' is larger than the limit of \(limit) bytes"
    case .malformed(let path, let format, let reason):
      "'\(path)' is not a valid \(format) file: \(reason)"
    case .checksumMismatch(let path, let expected, let got):
      "'\(path)' is damaged: its checksum is \(got), its header says \(expected)"
    case .checksumMissing(let path):
      "'\(path)' has no checksum, so it cannot be trusted to be whole"
    case .missingArray(let path, let name, let suggestion):
      "'\(path)' has no array '\(name)'"
        + (suggestion.map { ": did you mean '\($0)'?" } ?? "")
    case .wrongElementType(let name, let expected, let got):
      "array '\(name)' holds \(got), not \(expected)"
    }
  }
}
