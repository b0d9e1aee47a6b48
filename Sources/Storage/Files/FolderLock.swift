#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// The right to write in a folder, which one owner at a time has, for as long as the object lives.
///
/// The system gives it back when its owner's process ends, however it ends. File systems that know no
/// locks let everyone pass.
package final class FolderLock {
  private let file: FileDescriptor

  /// Takes the right, or fails at once where someone has it.
  ///
  /// - Throws: `StorageError.inUse`; `StorageError.io` for a folder that cannot be written in.
  package init(_ folder: String) throws(StorageError) {
    file = try FileDescriptor(folder + "/.lock", O_RDWR | O_CREAT, to: "lock")
    guard try file.lock() else { throw .inUse(path: folder) }
    removeUnfinished(in: folder)
  }
}

/// Removes what a process left that was killed while it wrote.
private func removeUnfinished(in folder: String) {
  let names = (try? namesInDirectory(folder)) ?? []
  for name in names where isTemporary(name) { unlink(folder + "/" + name) }
}
