/// Text that is not TOML: where, and why.
public struct TOMLSyntaxError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Line of the offending byte, from 1.
  public let line: Int
  /// Character within the line, from 1.
  public let column: Int
  /// What is wrong there.
  public let reason: String

  /// One sentence for the user.
  public var description: String { "line \(line), column \(column): \(reason)" }

  init(_ reason: String, at offset: Int, of bytes: [UInt8]) {
    let place = JSONSyntaxError(reason, at: offset, of: bytes)
    (line, column, self.reason) = (place.line, place.column, reason)
  }
}
