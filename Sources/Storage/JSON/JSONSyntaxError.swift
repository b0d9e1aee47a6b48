/// Text that is not JSON: where, and why.
public struct JSONSyntaxError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Line of the offending byte, from 1.
  public let line: Int
  /// Character within the line, from 1.
  public let column: Int
  /// What is wrong there.
  public let reason: String

  /// One sentence for the user.
  public var description: String { "line \(line), column \(column): \(reason)" }
}

extension JSONSyntaxError {
  /// The error at a byte offset of the text.
  init(_ reason: String, at offset: Int, of bytes: [UInt8]) {
    let place = TextPlace(offset, of: bytes)
    (line, column) = (place.line, place.column)
    self.reason = reason
  }
}

/// The byte that ends a line.
let newline = UInt8(ascii: "\n")
