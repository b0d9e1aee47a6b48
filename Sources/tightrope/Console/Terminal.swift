import Storage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// One of the two streams of text that leave the program, and what may be sent there.
struct Terminal {
  /// Standard output.
  static let output = Terminal(descriptor: STDOUT_FILENO)
  /// Standard error.
  static let messages = Terminal(descriptor: STDERR_FILENO)

  private let descriptor: Int32
  /// Whether a person is looking.
  let isInteractive: Bool
  private let hasColor: Bool

  private init(descriptor: Int32) {
    self.descriptor = descriptor
    isInteractive = isatty(descriptor) == 1 && environment("TERM") != "dumb"
    hasColor = isInteractive && (environment("NO_COLOR") ?? "").isEmpty
  }

  /// Columns, nil where there is no terminal.
  var width: Int? {
    var size = winsize()
    guard isInteractive, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 else { return nil }
    return size.ws_col > 0 ? Int(size.ws_col) : 80
  }

  /// Whether text beyond ASCII is understood.
  static let hasUnicode: Bool = {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap(environment).first { !$0.isEmpty }
    let name = (locale ?? "").lowercased().filter { $0 != "-" }
    return name.hasSuffix("utf8")
  }()

  func red(_ text: String) -> String { colored(text, 31) }
  func green(_ text: String) -> String { colored(text, 32) }
  func yellow(_ text: String) -> String { colored(text, 33) }
  func cyan(_ text: String) -> String { colored(text, 36) }
  func bold(_ text: String) -> String { colored(text, 1) }
  func dim(_ text: String) -> String { colored(text, 2) }

  private func colored(_ text: String, _ code: Int) -> String {
    hasColor ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }

  /// Sends text as it is; returns the system's error number, 0 when all went out.
  fileprivate func write(_ text: String) -> Int32 {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let sent = bytes.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
      if sent < 0 && errno == EINTR { continue }
      if sent < 0 { return errno }
      bytes = bytes.dropFirst(sent)
    }
    return 0
  }
}

private let systemWrite = write

/// The value of an environment variable.
func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

/// Lets writes to a reader that has gone fail instead of ending the process.
///
/// A training run whose progress goes to `| head` must not die of it.
func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

/// Writes a part of the result to standard output.
///
/// A reader that has seen enough ends the program quietly.
func emit(_ text: String) throws {
  let error = Terminal.output.write(text)
  if error == 0 { return }
  if error == EPIPE { exit(128 + SIGPIPE) }
  throw StorageError.io(
    path: "standard output", operation: "write to", reason: String(cString: strerror(error)))
}

/// Writes a line of the result to standard output.
func printLine(_ line: String = "") throws { try emit(line + "\n") }

/// Writes a document to standard output, ending in a line break.
func printDocument(_ value: JSONValue) throws { try printLine(value.compact) }

/// Writes help or a version; nothing more can be done where that fails.
func printResult(_ text: String) { _ = Terminal.output.write(text + "\n") }

/// Writes a line for the person at the terminal to standard error.
///
/// Nothing depends on its arrival.
func tell(_ line: String) { show(line + "\n") }

/// Writes text as it is to standard error.
func show(_ text: String) { _ = Terminal.messages.write(text) }
