/// Where a byte of a text is, for messages.
struct TextPlace {
  /// From 1.
  let line: Int
  /// Character within the line, from 1.
  let column: Int

  /// The place of a byte offset.
  init(_ offset: Int, of bytes: [UInt8]) {
    let before = bytes.prefix(offset)
    let lineStart = before.lastIndex(of: newline).map { $0 + 1 } ?? 0
    let isCharacterStart = { (byte: UInt8) in byte & 0xC0 != 0x80 }
    line = 1 + before.count { $0 == newline }
    column = 1 + before[lineStart...].count(where: isCharacterStart)
  }
}
