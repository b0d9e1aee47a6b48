#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// All bytes of a file.
///
/// - Parameter limit: the most bytes accepted; the memory used never exceeds it by much.
/// - Throws: `StorageError.io`, also for a folder, and `StorageError.tooLarge`.
package func readFile(
  _ path: String, limit: Int = defaultReadLimit
) throws(StorageError) -> [UInt8] {
  let file = try FileDescriptor(path, O_RDONLY)
  let status = try file.status()
  if status.isDirectory {
    throw .io(path: path, operation: "read", reason: String(cString: strerror(EISDIR)))
  }
  guard Int(status.st_size) <= limit else { throw .tooLarge(path: path, limit: limit) }
  return try file.readToEnd(limit: limit, expecting: Int(status.st_size))
}

/// The most bytes `readFile` accepts unless told otherwise: 16 GiB.
package let defaultReadLimit = 16 << 30

extension FileDescriptor {
  /// The rest of the file, whose size may be unknown (a pipe) or changing.
  fileprivate func readToEnd(limit: Int, expecting size: Int) throws(StorageError) -> [UInt8] {
    var bytes = try read(atMost: size + 1)
    while true {
      guard bytes.count <= limit else { throw .tooLarge(path: path, limit: limit) }
      let more = try read(atMost: max(1 << 16, size + 1 - bytes.count))
      if more.isEmpty { return bytes }
      bytes += more
    }
  }
}
