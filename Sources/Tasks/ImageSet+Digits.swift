extension ImageSet {
  /// 1797 handwritten digits of 8 by 8 pixels, each with 17 shades; unpacked once a process.
  ///
  /// Reference: Alpaydin and Kaynak (1998), *Optical Recognition of Handwritten Digits*, UCI Machine
  /// Learning Repository, doi:10.24432/C50P49, CC BY 4.0
  public static let digits = ImageSet(
    unpackedDigits(1797), rows: edge, columns: edge, whitest: 16,
    labels: DigitsTable.labels.utf8.filter { $0 != UInt8(ascii: "\n") }
      .map { Int($0 - UInt8(ascii: "0")) })
}

private let edge = 8

/// Pixel after pixel; the chances of a shade's five bits depend on the column, on the pixels to the
/// left and above, and on the bits before.
private func unpackedDigits(_ count: Int) -> [UInt8] {
  var decoder = BinaryDecoder(SixBitBytes(DigitsTable.packed).makeIterator())
  var chances = [UInt32](repeating: 2048, count: edge * 9 * 32)
  var shades = [UInt8]()
  shades.reserveCapacity(count * edge * edge)
  for index in 0..<count * edge * edge {
    let (row, column) = (index / edge % edge, index % edge)
    let left = column > 0 ? darkness(shades[index - 1]) : 0
    let above = row > 0 ? darkness(shades[index - edge]) : 0
    let context = 32 * (9 * column + 3 * left + above)
    var node = 1
    for _ in 0..<5 { node = 2 * node + (decoder.bit(&chances[context + node]) ? 1 : 0) }
    shades.append(UInt8(node - 32))
  }
  return shades
}

/// 0 for white, 2 for a dark shade, 1 between.
private func darkness(_ shade: UInt8) -> Int { (shade > 0 ? 1 : 0) + (shade > 8 ? 1 : 0) }

/// The bytes whose bits a text holds, six to a character from "0" to "o"; line feeds do not count.
private struct SixBitBytes: Sequence, IteratorProtocol {
  private var characters: String.UTF8View.Iterator
  private var bits: UInt32 = 0
  private var count = 0

  init(_ text: String) { characters = text.utf8.makeIterator() }

  mutating func next() -> UInt8? {
    while count < 8 {
      guard let character = characters.next() else { return nil }
      if character == UInt8(ascii: "\n") { continue }
      (bits, count) = (bits << 6 | UInt32(character - UInt8(ascii: "0")), count + 6)
    }
    count -= 8
    return UInt8(truncatingIfNeeded: bits >> UInt32(count))
  }
}
