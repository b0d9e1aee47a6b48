#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

// JSON Lines: one JSON value a line, appended while a run goes on.
//
// A crash may leave the last line unfinished. The writer cuts such a line off before it appends,
// the reader leaves it out. An unfinished line is one without its line feed, unless it reads as a
// whole table or list, which no proper part of one does.

/// Appends values to a JSON Lines file, one system call a line.
///
/// One process writes a file at a time.
package final class JSONLinesWriter {
  private let file: FileDescriptor

  /// Opens the file, which is made if missing and mended if its last line is unfinished.
  ///
  /// - Throws: `StorageError`.
  package init(_ path: String) throws(StorageError) {
    file = try FileDescriptor(path, O_RDWR | O_CREAT | O_APPEND)
    try mend()
  }

  /// Appends one line; on failure (a full disk) the part that was written is cut off again.
  ///
  /// - Throws: `StorageError.io`.
  package func append(_ value: JSONValue) throws(StorageError) {
    let count = Int(try file.status().st_size)
    do throws(StorageError) {
      try file.write(Array(value.compact.utf8) + [newline])
    } catch {
      try? file.truncate(to: count)
      throw error
    }
  }

  private func mend() throws(StorageError) {
    guard try file.status().isRegular else { return }
    let bytes = try readFile(file.path)
    let tail = bytes.suffix { $0 != newline }
    if tail.isEmpty { return }
    if isWhole(tail) { return try file.write([newline]) }
    try file.truncate(to: tail.startIndex)
  }
}

/// The values of a JSON Lines file; empty lines and an unfinished last line are left out.
///
/// - Throws: `StorageError`, with the line of a value that is not JSON.
package func readJSONLines(
  _ path: String, limit: Int = defaultReadLimit
) throws(StorageError) -> [JSONValue] {
  let bytes = try readFile(path, limit: limit)
  var lines = bytes.split(separator: newline, omittingEmptySubsequences: false)
  if let tail = lines.last, !isWhole(tail) { lines.removeLast() }
  var values: [JSONValue] = []
  for (index, line) in lines.enumerated() where !line.isEmpty {
    do throws(JSONSyntaxError) {
      values.append(try JSONValue(parsing: Array(line)))
    } catch {
      let reason = "line \(index + 1), column \(error.column): \(error.reason)"
      throw .malformed(path: path, format: "JSON Lines", reason: reason)
    }
  }
  return values
}

/// Whether a line that lacks its line feed is complete nevertheless.
private func isWhole(_ line: ArraySlice<UInt8>) -> Bool {
  let value = try? JSONValue(parsing: Array(line))
  return value?.object != nil || value?.array != nil
}

extension [UInt8] {
  /// The longest end of the bytes in which all satisfy the condition.
  fileprivate func suffix(while condition: (UInt8) -> Bool) -> ArraySlice<UInt8> {
    let start = lastIndex { !condition($0) }.map { $0 + 1 } ?? startIndex
    return self[start...]
  }
}
