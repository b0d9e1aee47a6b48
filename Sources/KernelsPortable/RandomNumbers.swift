import CVectors
import KernelTables

// Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3"),
// sixteen counters at a time. The 32 x 32 -> 64 bit products are taken on the even and odd words
// of the vector, seen as eight 64-bit lanes. Known-answer vectors are in the tests.

private typealias Words = SIMD16<UInt32>

@_transparent
private func multiplyWide(_ x: Words, _ factor: UInt64) -> (high: Words, low: Words) {
  let pairs = unsafeBitCast(x, to: SIMD8<UInt64>.self)
  let mask = SIMD8<UInt64>(repeating: 0xffff_ffff)
  let m = SIMD8<UInt64>(repeating: factor)
  let even = (pairs & mask) &* m
  let odd = (pairs &>> 32) &* m
  let high = (even &>> 32) | (odd & ~mask)
  let low = (even & mask) | (odd &<< 32)
  return (unsafeBitCast(high, to: Words.self), unsafeBitCast(low, to: Words.self))
}

@_transparent
private func philox(
  _ c0: Words, _ c1: Words, _ c2: Words, key: UInt64
) -> (Words, Words, Words, Words) {
  var (x0, x1, x2, x3) = (c0, c1, c2, Words())
  var k0 = UInt32(truncatingIfNeeded: key)
  var k1 = UInt32(truncatingIfNeeded: key &>> 32)
  for _ in 0..<10 {
    let a = multiplyWide(x0, 0xD251_1F53)
    let b = multiplyWide(x2, 0xCD9E_8D57)
    (x0, x1, x2, x3) = (
      b.high ^ x1 ^ Words(repeating: k0), b.low, a.high ^ x3 ^ Words(repeating: k1), a.low
    )
    k0 &+= 0x9E37_79B9
    k1 &+= 0xBB67_AE85
  }
  return (x0, x1, x2, x3)
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

/// Calls `draw` for sixteen (row, column block) counters at a time and scatters its four vectors.
@inline(__always)
private func fill(
  key: UInt64, step: UInt32, firstRow: Int, rows: Int, columns: Int,
  to out: UnsafeMutablePointer<Float>,
  _ draw: (Words, Words, Words, Words) -> (Lanes, Lanes, Lanes, Lanes)
) {
  let blocks = (columns + 3) / 4
  let total = rows * blocks
  var (row, block, i) = (0, 0, 0)
  while i < total {
    var c0 = Words(), c1 = Words()
    let (startRow, startBlock) = (row, block)
    let lanes = min(16, total - i)
    for lane in 0..<lanes {
      c0[lane] = UInt32(truncatingIfNeeded: block)
      c1[lane] = UInt32(truncatingIfNeeded: firstRow + row)
      block += 1
      if block == blocks { (block, row) = (0, row + 1) }
    }
    let w = philox(c0, c1, Words(repeating: step), key: key)
    let v = draw(w.0, w.1, w.2, w.3)
    (row, block) = (startRow, startBlock)
    for lane in 0..<lanes {
      let p = out + row * columns + 4 * block
      let left = columns - 4 * block
      p[0] = v.0[lane]
      if left > 1 { p[1] = v.1[lane] }
      if left > 2 { p[2] = v.2[lane] }
      if left > 3 { p[3] = v.3[lane] }
      block += 1
      if block == blocks { (block, row) = (0, row + 1) }
    }
    i += lanes
  }
}

extension VectorKernels {
  package static func normals(
    key: UInt64, step: UInt32, firstRow: Int, rows: Int, columns: Int,
    to out: UnsafeMutableRawPointer
  ) {
    fill(
      key: key, step: step, firstRow: firstRow, rows: rows, columns: columns, to: out.floats
    ) { w0, w1, w2, w3 in
      let (a, b) = normalPair(w0, w1)
      let (c, d) = normalPair(w2, w3)
      return (a, b, c, d)
    }
  }

  package static func uniforms(
    key: UInt64, step: UInt32, firstRow: Int, rows: Int, columns: Int,
    to out: UnsafeMutableRawPointer
  ) {
    fill(
      key: key, step: step, firstRow: firstRow, rows: rows, columns: columns, to: out.floats
    ) { (uniform($0), uniform($1), uniform($2), uniform($3)) }
  }
}
