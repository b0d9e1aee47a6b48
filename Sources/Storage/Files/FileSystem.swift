#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// Whether something exists at `path`: a file, a folder, or a link to one.
package func fileExists(_ path: String) -> Bool { status(path) != nil }

/// Whether a folder exists at `path`.
package func directoryExists(_ path: String) -> Bool {
  status(path).map { $0.isDirectory } ?? false
}

/// Makes a folder; nothing happens when it exists.
///
/// - Parameter intermediate: whether to make missing folders on the way too.
/// - Throws: `StorageError.io`, also when a file stands in the way.
package func createDirectory(_ path: String, intermediate: Bool = false) throws(StorageError) {
  if directoryExists(path) { return }
  let parent = parentDirectory(path)
  if intermediate, parent != path { try createDirectory(parent, intermediate: true) }
  let result = mkdir(path, 0o777)
  // Another process may have made it in the meantime.
  if result == 0 || (errno == EEXIST && directoryExists(path)) { return }
  throw .io(path: path, operation: "create the folder", reason: String(cString: strerror(errno)))
}

/// Deletes a file.
///
/// - Throws: `StorageError.io`.
package func removeFile(_ path: String) throws(StorageError) {
  try check(path, "remove") { unlink(path) }
}

/// The names of what a folder holds, in order.
///
/// - Throws: `StorageError.io`.
package func namesInDirectory(_ path: String) throws(StorageError) -> [String] {
  guard let folder = opendir(path) else {
    throw .io(path: path, operation: "list", reason: String(cString: strerror(errno)))
  }
  defer { closedir(folder) }
  var names: [String] = []
  while let entry = readdir(folder) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names.sorted()
}

/// The folder a path lies in: `a/b` lies in `a`, `b` in `.`, `/b` in `/`.
package func parentDirectory(_ path: String) -> String {
  var rest = path[...]
  while rest.count > 1, rest.last == "/" { rest.removeLast() }
  guard let slash = rest.lastIndex(of: "/") else { return "." }
  let parent = rest[..<slash]
  return parent.isEmpty ? "/" : String(parent)
}

/// What the system knows about `path`, nil when nothing is there.
func status(_ path: String) -> stat? {
  var status = stat()
  return stat(path, &status) == 0 ? status : nil
}

extension stat {
  var isDirectory: Bool { st_mode & S_IFMT == S_IFDIR }
  var isRegular: Bool { st_mode & S_IFMT == S_IFREG }
}
