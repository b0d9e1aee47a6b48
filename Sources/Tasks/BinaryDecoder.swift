/// Reads bits that an adaptive binary range coder packed, by how likely each was when it came.
///
/// A number in an interval stands for all bits. A bit splits the interval in proportion to the chance
/// of a 0, and the part that holds the number tells the bit; the chance then moves by 1/32 towards it.
/// Reference: Martin (1979), *Range encoding: an algorithm for removing redundancy from a digitised
/// message*; the bounds and chances are those of LZMA with twelve bits
struct BinaryDecoder<Bytes: IteratorProtocol> where Bytes.Element == UInt8 {
  /// The chance of a 0 before a bit was seen, out of 4096.
  static var evenChance: UInt32 { 2048 }

  private var bytes: Bytes
  private var range = UInt32.max
  /// The number, measured from the lower end of the interval.
  private var code: UInt32 = 0

  /// Begins to read; zeros follow the end.
  init(_ bytes: Bytes) {
    self.bytes = bytes
    for _ in 0..<4 { shift() }
  }

  /// The next bit, given the chance of a 0, which learns from it.
  mutating func bit(_ chance: inout UInt32) -> Bool {
    let bound = (range >> 12) * chance
    let isSet = code >= bound
    if isSet {
      (code, range) = (code - bound, range - bound)
      chance -= chance >> 5
    } else {
      range = bound
      chance += (4096 - chance) >> 5
    }
    while range < 1 << 24 {
      range <<= 8
      shift()
    }
    return isSet
  }

  private mutating func shift() { code = code << 8 | UInt32(bytes.next() ?? 0) }
}
