import Experiments
import Storage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// A process that runs one cell of a suite and prints its row.
///
/// Whatever a cell does to its process, the suite goes on, and a cell's peak memory is its own.
struct CellProcess {
  /// Arguments of this program.
  let arguments: [String]

  /// Runs it to its end and reads its row.
  /// - Throws: `Stopped` after Ctrl-C, `ComputationError` for a process that ended otherwise.
  func run() throws -> SuiteRow {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw ComputationError(message: "no pipe could be made") }
    defer { close(ends[0]) }
    let child = try spawn(writingTo: ends)
    close(ends[1])
    let text = readAll(ends[0])
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    try Interruption.check()
    guard status == 0 else {
      throw ComputationError(message: "the process of the cell \(end(status))")
    }
    return try ConfigDecoder().decode(SuiteRow.self, from: JSONValue(parsing: text))
  }

  private func spawn(writingTo ends: [Int32]) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    posix_spawn_file_actions_addclose(&actions, ends[0])
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var child: pid_t = 0
    let problem = posix_spawn(&child, "/proc/self/exe", &actions, nil, &words, environ)
    guard problem == 0 else {
      throw ComputationError(
        message: "no process could be started: \(String(cString: strerror(problem)))")
    }
    return child
  }

  private func readAll(_ file: Int32) -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(file, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += buffer[..<count]
    }
  }

  /// How a process ended, by what `waitpid` says.
  private func end(_ status: Int32) -> String {
    let signal = status & 0x7f
    return signal == 0 ? "ended with status \(status >> 8 & 0xff)" : "was ended by signal \(signal)"
  }
}

/// The most memory that this process has held, in bytes.
func peakMemory() -> Int {
  var usage = rusage()
  #if canImport(Glibc)
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  #else
    getrusage(RUSAGE_SELF, &usage)
  #endif
  return Int(usage.ru_maxrss) << 10
}
