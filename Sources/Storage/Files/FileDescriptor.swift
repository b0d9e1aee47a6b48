#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// An open file that closes itself, with the system's calls as methods that throw.
///
/// Interrupted calls are repeated and short writes are continued.
struct FileDescriptor: ~Copyable {
  let path: String
  private let number: Int32

  /// Opens a file; `operation` is what error messages say was attempted.
  init(
    _ path: String, _ flags: Int32, mode: mode_t = 0o666, to operation: String = "open"
  ) throws(StorageError) {
    self.path = path
    number = try check(path, operation) { open(path, flags | O_CLOEXEC, mode) }
  }

  deinit { _ = close(number) }

  /// Reads at most `count` bytes; an empty result is the end of the file.
  func read(atMost count: Int) throws(StorageError) -> [UInt8] {
    var got = 0
    var failure: StorageError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(StorageError) {
        got = try check(path, "read") { systemRead(number, buffer.baseAddress, count) }
      } catch { failure = error }
      initialized = got
    }
    if let failure { throw failure }
    return bytes
  }

  func write(_ bytes: [UInt8]) throws(StorageError) {
    var done = 0
    while done < bytes.count {
      done += try check(path, "write") {
        bytes[done...].withUnsafeBytes { systemWrite(number, $0.baseAddress, $0.count) }
      }
    }
  }

  /// Waits until the contents are on the disk.
  func synchronize() throws(StorageError) {
    try check(path, "synchronise") { fsync(number) }
  }

  func truncate(to count: Int) throws(StorageError) {
    try check(path, "truncate") { ftruncate(number, off_t(count)) }
  }

  func setMode(_ mode: mode_t) throws(StorageError) {
    try check(path, "set the permissions of") { fchmod(number, mode) }
  }

  /// Takes the exclusive lock; false where someone else has it.
  func lock() throws(StorageError) -> Bool {
    while flock(number, LOCK_EX | LOCK_NB) != 0 {
      switch errno {
      case EINTR: continue
      case EWOULDBLOCK: return false
      case ENOLCK, ENOSYS, EOPNOTSUPP, EINVAL: return true
      default:
        throw .io(path: path, operation: "lock", reason: String(cString: strerror(errno)))
      }
    }
    return true
  }

  func status() throws(StorageError) -> stat {
    var status = stat()
    try check(path, "inspect") { fstat(number, &status) }
    return status
  }
}

private let systemRead = read
private let systemWrite = write

/// The result of a system call, repeated while signals interrupt it.
@discardableResult
func check<Result: SignedInteger>(
  _ path: String, _ operation: String, _ call: () -> Result
) throws(StorageError) -> Result {
  while true {
    let result = call()
    if result >= 0 { return result }
    if errno == EINTR { continue }
    throw .io(path: path, operation: operation, reason: String(cString: strerror(errno)))
  }
}
