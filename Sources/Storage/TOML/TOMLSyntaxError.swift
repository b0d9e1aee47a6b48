/// Text that is not TOML, or not for settings: where, and why.
public struct TOMLSyntaxError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Line of the offending byte, from 1.
  public let line: Int
  /// Character within the line, from 1.
  public let column: Int
  /// What is wrong there.
  public let reason: String

  /// Line, column and reason as compilers write them.
  public var description: String { "\(line):\(column): \(reason)" }

  /// The error at a byte offset of the text.
  init(_ reason: String, at offset: Int, of bytes: [UInt8]) {
    let place = TextPlace(offset, of: bytes)
    (line, column) = (place.line, place.column)
    self.reason = reason
  }
}
