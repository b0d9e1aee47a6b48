import CVectors
import KernelTables

// Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3"),
// sixteen counters at a time. Known-answer vectors are in the tests.
//
// A round multiplies two of four words by constants to 64 bits, of which the upper half is mixed with a
// third word and the lower half becomes a fourth. So words stay in the lower halves of 64-bit
// lanes for all rounds: products are used as they are, and what is left in upper halves is ignored.

private typealias Words = SIMD16<UInt32>

/// Eight words in the lower halves of the lanes; the upper halves are anything.
private typealias WideWords = SIMD8<UInt64>

/// The lower halves of lanes.
private let lowerHalf: UInt64 = 0xffff_ffff

/// The products of words, 64 bits each.
@_transparent
private func product(_ x: WideWords, _ factor: UInt64) -> WideWords {
  (x & WideWords(repeating: lowerHalf)) &* WideWords(repeating: factor)
}

/// Four words for each of eight counters.
private struct PhiloxState {
  var x0, x1, x2, x3: WideWords

  @inline(__always) mutating func round(_ k0: WideWords, _ k1: WideWords) {
    let (a, b) = (product(x0, 0xD251_1F53), product(x2, 0xCD9E_8D57))
    (x0, x1, x2, x3) = ((b &>> 32) ^ x1 ^ k0, b, (a &>> 32) ^ x3 ^ k1, a)
  }
}

/// The words of even and of odd lanes together.
@_transparent
private func words(_ even: WideWords, _ odd: WideWords) -> Words {
  unsafeBitCast((even & WideWords(repeating: lowerHalf)) | (odd &<< 32), to: Words.self)
}

/// The four words of sixteen counters.
@_transparent
private func philox(
  _ counters: Counters, step: UInt32, key: UInt64
) -> (Words, Words, Words, Words) {
  let third = WideWords(repeating: UInt64(step))
  var even = PhiloxState(
    x0: counters.blocks.even, x1: counters.rows.even, x2: third, x3: WideWords())
  var odd = PhiloxState(
    x0: counters.blocks.odd, x1: counters.rows.odd, x2: third, x3: WideWords())
  var (k0, k1) = (WideWords(repeating: key & lowerHalf), WideWords(repeating: key &>> 32))
  for _ in 0..<10 {
    even.round(k0, k1)
    odd.round(k0, k1)
    k0 &+= WideWords(repeating: 0x9E37_79B9)
    k1 &+= WideWords(repeating: 0xBB67_AE85)
  }
  return (
    words(even.x0, odd.x0), words(even.x1, odd.x1), words(even.x2, odd.x2), words(even.x3, odd.x3)
  )
}

/// Block of columns and row of sixteen adjacent counters, those of even lanes and those of odd ones.
private struct Counters {
  private(set) var blocks = (even: WideWords(), odd: WideWords())
  private(set) var rows = (even: WideWords(), odd: WideWords())
  private let blocksPerRow: WideWords
  private let nextBlocks: WideWords
  private let nextRows: WideWords

  /// The first counters of a matrix.
  @inline(__always) init(firstRow: Int, blocksPerRow: Int) {
    self.blocksPerRow = WideWords(repeating: UInt64(blocksPerRow))
    nextBlocks = WideWords(repeating: UInt64(16 % blocksPerRow))
    nextRows = WideWords(repeating: UInt64(16 / blocksPerRow))
    var (row, block) = (firstRow, 0)
    for lane in 0..<16 {
      if lane % 2 == 0 {
        (blocks.even[lane / 2], rows.even[lane / 2]) = (UInt64(block), UInt64(row))
      } else {
        (blocks.odd[lane / 2], rows.odd[lane / 2]) = (UInt64(block), UInt64(row))
      }
      block += 1
      if block == blocksPerRow { (block, row) = (0, row + 1) }
    }
  }

  /// The sixteen that follow.
  @inline(__always) mutating func advance() {
    (blocks.even, rows.even) = next(blocks.even, rows.even)
    (blocks.odd, rows.odd) = next(blocks.odd, rows.odd)
  }

  /// A block beyond the last is one of the next row; its number less theirs is then not negative.
  @inline(__always) private func next(
    _ block: WideWords, _ row: WideWords
  ) -> (WideWords, WideWords) {
    let excess = block &+ nextBlocks &- blocksPerRow
    let isWithin = excess &>> 63
    let back = blocksPerRow & (WideWords() &- isWithin)
    return (excess &+ back, row &+ nextRows &+ (WideWords(repeating: 1) &- isWithin))
  }
}

/// (w >> 9 + 1/2) 2⁻²³: uniform on the odd multiples of 2⁻²⁴, never 0 or 1.
///
/// With one bit more the largest would be rounded to 1.
@_transparent
private func uniform(_ w: Words) -> Lanes {
  let integer = vector_float(unsafeBitCast(w &>> 9, to: SIMD16<Int32>.self))
  return vector_fma(integer, Lanes(repeating: 0x1p-23), Lanes(repeating: 0x1p-24))
}

/// Two independent normals from two words each (Box and Muller 1958).
///
/// The radius uses all 32 bits of its word, so the largest is √(-2 ln 2⁻³³) = 6.76.
@_transparent
private func normalPair(_ radius: Words, _ angle: Words) -> (Lanes, Lanes) {
  let high = vector_float(unsafeBitCast(radius &>> 16, to: SIMD16<Int32>.self))
  let low = vector_float(unsafeBitCast(radius & 0xffff, to: SIMD16<Int32>.self)) + 0.5
  let u = vector_fma(low, Lanes(repeating: 0x1p-32), high * 0x1p-16)
  let r = vector_sqrt(logarithm(u) * -2)
  let (s, c) = sineAndCosine(uniform(angle) * 6.2831855)
  return (r * c, r * s)
}

/// What becomes of the four words of a counter: the four numbers of a block of columns.
private protocol Draw {
  static func numbers(_ w: (Words, Words, Words, Words)) -> (Lanes, Lanes, Lanes, Lanes)
}

private enum Normals: Draw {
  @inline(__always) static func numbers(
    _ w: (Words, Words, Words, Words)
  ) -> (Lanes, Lanes, Lanes, Lanes) {
    let (first, second) = (normalPair(w.0, w.1), normalPair(w.2, w.3))
    return (first.0, first.1, second.0, second.1)
  }
}

private enum Uniforms: Draw {
  @inline(__always) static func numbers(
    _ w: (Words, Words, Words, Words)
  ) -> (Lanes, Lanes, Lanes, Lanes) {
    (uniform(w.0), uniform(w.1), uniform(w.2), uniform(w.3))
  }
}

/// Writes the four numbers of each of sixteen counters side by side.
@_transparent
private func storeInTurns(
  _ v: (Lanes, Lanes, Lanes, Lanes), to out: UnsafeMutablePointer<Float>
) {
  let (even, odd) = (vector_interleave_low(v.0, v.2), vector_interleave_low(v.1, v.3))
  vector_store(vector_interleave_low(even, odd), out)
  vector_store(vector_interleave_high(even, odd), out + 16)
  let (later, last) = (vector_interleave_high(v.0, v.2), vector_interleave_high(v.1, v.3))
  vector_store(vector_interleave_low(later, last), out + 32)
  vector_store(vector_interleave_high(later, last), out + 48)
}

/// Fills a matrix, sixteen blocks of four columns at a time.
///
/// Rows of whole blocks are one run of numbers. Otherwise, and at the end, sixteen blocks are drawn
/// elsewhere first.
@inline(__always)
private func fill<D: Draw>(
  key: UInt64, step: UInt32, firstRow: Int, rows: Int, columns: Int,
  to out: UnsafeMutablePointer<Float>, _: D.Type
) {
  let blocks = (columns + 3) / 4
  let total = rows * blocks
  guard total > 0 else { return }
  var counters = Counters(firstRow: firstRow, blocksPerRow: blocks)
  withScratch(64) { scratch in
    for first in stride(from: 0, to: total, by: 16) {
      let isWhole = columns % 4 == 0 && total - first >= 16
      let place = isWhole ? out + 4 * first : scratch
      storeInTurns(D.numbers(philox(counters, step: step, key: key)), to: place)
      counters.advance()
      if !isWhole {
        copyBlocks(scratch, first..<min(total, first + 16), columns, to: out)
      }
    }
  }
}

/// Copies blocks of four numbers to their places in the rows of a matrix; the last block of a row may
/// be cut off.
@inline(never)
private func copyBlocks(
  _ numbers: UnsafePointer<Float>, _ blocks: Range<Int>, _ columns: Int,
  to out: UnsafeMutablePointer<Float>
) {
  let blocksPerRow = (columns + 3) / 4
  var (row, block) = blocks.lowerBound.quotientAndRemainder(dividingBy: blocksPerRow)
  for index in 0..<blocks.count {
    let (from, to) = (numbers + 4 * index, out + row * columns + 4 * block)
    let left = columns - 4 * block
    to[0] = from[0]
    if left > 1 { to[1] = from[1] }
    if left > 2 { to[2] = from[2] }
    if left > 3 { to[3] = from[3] }
    block += 1
    if block == blocksPerRow { (block, row) = (0, row + 1) }
  }
}

extension VectorKernels {
  package static func normals(
    key: UInt64, step: UInt32, firstRow: Int, rows: Int, columns: Int,
    to out: UnsafeMutableRawPointer
  ) {
    fill(
      key: key, step: step, firstRow: firstRow, rows: rows, columns: columns, to: out.floats,
      Normals.self)
  }

  package static func uniforms(
    key: UInt64, step: UInt32, firstRow: Int, rows: Int, columns: Int,
    to out: UnsafeMutableRawPointer
  ) {
    fill(
      key: key, step: step, firstRow: firstRow, rows: rows, columns: columns, to: out.floats,
      Uniforms.self)
  }
}
