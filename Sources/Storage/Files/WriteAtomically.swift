#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// Replaces the contents of a file, all or nothing.
///
/// The bytes go to a temporary file in the same folder, onto the disk, and only then take the
/// place of the old file, whose permissions they keep. A reader sees the old or the new contents,
/// also after a crash; on failure the old file is untouched and the temporary one is gone.
/// - Throws: `StorageError.io`.
/// - Parameter previous: Where the old file goes instead of nowhere. A crash may leave it there and nothing
///   at `path`.
package func writeAtomically(
  _ bytes: [UInt8], to path: String, keeping previous: String? = nil
) throws(StorageError) {
  // Opened first, so that a folder that cannot be synchronised later fails while nothing is done.
  let folder = try FileDescriptor(parentDirectory(path), O_RDONLY, to: "open the folder")
  if directoryExists(path) {
    throw .io(path: path, operation: "write", reason: String(cString: strerror(EISDIR)))
  }
  let temporary = try writeTemporary(bytes, for: path)
  do throws(StorageError) {
    if let previous, fileExists(path) {
      try check(path, "keep the former") { rename(path, previous) }
    }
    try check(path, "replace") { rename(temporary, path) }
  } catch {
    if let previous, !fileExists(path) { rename(previous, path) }
    unlink(temporary)
    throw error
  }
  try folder.synchronize()
}

/// Replaces the contents of a text file, all or nothing; see `writeAtomically(_:to:)` for bytes.
///
/// - Throws: `StorageError.io`.
package func writeAtomically(_ text: String, to path: String) throws(StorageError) {
  try writeAtomically(Array(text.utf8), to: path)
}

private let temporaryPrefix = ".tightrope-"
private let temporarySuffix = ".tmp"

/// Whether a name is one that only an unfinished file has.
func isTemporary(_ name: String) -> Bool {
  name.hasPrefix(temporaryPrefix) && name.hasSuffix(temporarySuffix)
}

/// Writes a new file beside `path` onto the disk and returns where it is.
private func writeTemporary(_ bytes: [UInt8], for path: String) throws(StorageError) -> String {
  let name = temporaryPrefix + hexadecimal(UInt64.random(in: 0 ... .max)) + temporarySuffix
  let temporary = parentDirectory(path) + "/" + name
  do throws(StorageError) {
    let file = try FileDescriptor(temporary, O_WRONLY | O_CREAT | O_EXCL, to: "create")
    if let old = status(path) { try file.setMode(old.st_mode & 0o777) }
    try file.write(bytes)
    try file.synchronize()
  } catch {
    unlink(temporary)
    throw error.about(path)
  }
  return temporary
}

extension StorageError {
  /// The same failure under the name the user knows.
  fileprivate func about(_ path: String) -> StorageError {
    guard case .io(_, let operation, let reason) = self else { return self }
    return .io(path: path, operation: operation, reason: reason)
  }
}
