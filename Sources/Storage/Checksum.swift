// A 64-bit checksum against damage by accident: XXH64 with seed 0.
//
// XXH64 reads 32 bytes a round at memory speed and gives the same value on every platform. It is
// no protection against someone who changes a file on purpose.
// Reference: Collet (2012-2023), *xxHash fast digest algorithm*, XXH64.

/// A running XXH64 checksum of the bytes given so far; how they are cut into pieces is immaterial.
package struct Checksum: Sendable {
  private var lanes = XXH64.initialLanes
  /// The bytes that do not fill a round yet.
  private var pending: [UInt8] = []
  private var count: UInt64 = 0

  package init() {}

  /// Takes in more bytes.
  package mutating func update(bytes: UnsafeRawBufferPointer) {
    count += UInt64(bytes.count)
    let missing = (XXH64.stripe - pending.count) % XXH64.stripe
    let head = min(missing, bytes.count)
    pending.append(contentsOf: bytes[..<head])
    if pending.count == XXH64.stripe {
      pending.withUnsafeBytes { XXH64.absorb($0, into: &lanes) }
      pending.removeAll(keepingCapacity: true)
    }
    let body = UnsafeRawBufferPointer(rebasing: bytes[head...])
    XXH64.absorb(body, into: &lanes)
    let tail = body.count % XXH64.stripe
    pending.append(contentsOf: body.suffix(tail))
  }

  /// Takes in more bytes.
  package mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update(bytes: $0) }
  }

  /// The checksum of everything so far.
  package var value: UInt64 { XXH64.finish(lanes, count: count, rest: pending) }

  /// The checksum as 16 hexadecimal digits.
  package var hexadecimal: String { Storage.hexadecimal(value) }
}

private enum XXH64 {
  typealias Lanes = SIMD4<UInt64>
  static let stripe = 32
  static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
  static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
  static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
  static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
  static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5
  static let initialLanes = Lanes(prime1 &+ prime2, prime2, 0, 0 &- prime1)

  /// Mixes in every whole stripe of the bytes.
  static func absorb(_ bytes: UnsafeRawBufferPointer, into lanes: inout Lanes) {
    var (a, b, c, d) = (lanes[0], lanes[1], lanes[2], lanes[3])
    for start in stride(from: 0, to: bytes.count / stripe * stripe, by: stripe) {
      a = round(a, word(bytes, start))
      b = round(b, word(bytes, start + 8))
      c = round(c, word(bytes, start + 16))
      d = round(d, word(bytes, start + 24))
    }
    lanes = Lanes(a, b, c, d)
  }

  static func finish(_ lanes: Lanes, count: UInt64, rest: [UInt8]) -> UInt64 {
    let start = count < UInt64(stripe) ? prime5 : merge(lanes)
    return avalanche(rest.withUnsafeBytes { mix($0, into: start &+ count) })
  }

  private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
    rotate(lane &+ word &* prime2, 31) &* prime1
  }

  private static func merge(_ lanes: Lanes) -> UInt64 {
    let sum =
      rotate(lanes[0], 1) &+ rotate(lanes[1], 7) &+ rotate(lanes[2], 12) &+ rotate(lanes[3], 18)
    return (0..<4).reduce(sum) { hash, lane in
      (hash ^ round(0, lanes[lane])) &* prime1 &+ prime4
    }
  }

  /// Mixes in the last bytes, fewer than a stripe: by eight, then four, then one.
  private static func mix(_ bytes: UnsafeRawBufferPointer, into start: UInt64) -> UInt64 {
    var hash = start
    var position = 0
    while position + 8 <= bytes.count {
      hash = rotate(hash ^ round(0, word(bytes, position)), 27) &* prime1 &+ prime4
      position += 8
    }
    if position + 4 <= bytes.count {
      let half = bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self)
      let term = UInt64(UInt32(littleEndian: half)) &* prime1
      hash = rotate(hash ^ term, 23) &* prime2 &+ prime3
      position += 4
    }
    for byte in bytes[position...] {
      hash = rotate(hash ^ UInt64(byte) &* prime5, 11) &* prime1
    }
    return hash
  }

  private static func avalanche(_ hash: UInt64) -> UInt64 {
    let first = (hash ^ hash >> 33) &* prime2
    let second = (first ^ first >> 29) &* prime3
    return second ^ second >> 32
  }

  private static func rotate(_ word: UInt64, _ bits: UInt64) -> UInt64 {
    word &<< bits | word &>> (64 - bits)
  }

  private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }
}
