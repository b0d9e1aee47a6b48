import ArgumentParser
import Samplers
import Storage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// Something the user can put right, beside what the library itself refuses.
struct UsageError: Error {
  let message: String
  /// The command that tells more.
  let help: String?

  init(_ message: String, help: String? = nil) {
    self.message = message
    self.help = help
  }
}

/// A command that was stopped by a signal and has said all there is to say.
struct Stopped: Error, CustomStringConvertible {
  let signal: Int32

  var description: String { "stopped by signal \(signal)" }
}

/// Ends the process with the message and status that belong to an error.
func leave(after error: any Error) -> Never {
  switch error {
  case let stopped as Stopped: exit(128 + stopped.signal)
  case let error as UsageError: fail(error.message, help: error.help, status: 2)
  case is ConfigError, is StorageError, is DamagedCheckpoint: fail("\(error)", status: 2)
  default: leaveParser(after: error)
  }
}

/// Help, versions and the parser's own complaints; anything else is a failure of the computation.
private func leaveParser(after error: any Error) -> Never {
  switch Root.exitCode(for: error) {
  case .success:
    // Independent of the terminal in pipes, and never too wide to read.
    let columns = Terminal.output.width.map { min($0, 100) } ?? 80
    printResult(Root.fullMessage(for: error, columns: columns))
    exit(0)
  case .validationFailure:
    fail(Root.message(for: error), help: helpCommand(for: error), status: 2)
  default:
    fail("\(error)", status: 1)
  }
}

/// The command whose help the parser would point to.
private func helpCommand(for error: any Error) -> String? {
  let lines = Root.fullMessage(for: error, columns: 1000).split(separator: "\n")
  let quoted = lines.map { $0.split(separator: "'") }
  let advice = quoted.last { $0.count > 1 && $0[0].hasSuffix("See ") }
  return advice.map { String($0[1]) }
}

private func fail(_ message: String, help: String? = nil, status: Int32) -> Never {
  tell(Terminal.messages.red("error: ") + sentence(message))
  if let help { tell("See '\(help)'.") }
  exit(status)
}

/// One line that starts in lower case, as messages of command-line programs do.
private func sentence(_ message: String) -> String {
  let line = message.split(separator: "\n").joined(separator: " ")
  let second = line.dropFirst().first
  guard let first = line.first, first.isUppercase, second?.isLowercase ?? true else { return line }
  return first.lowercased() + line.dropFirst()
}
