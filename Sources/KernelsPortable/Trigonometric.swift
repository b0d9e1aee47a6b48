import CVectors

// sin(x) and cos(x).
//
// Goals, in order: the same bits on every processor; at most 2 ulp for every float, however large;
// speed for |x| <= 2^17.
//
// Method. With n the integer nearest x / (pi/2) and r = x - n pi/2, |r| <= 0.79, the last two bits
// of n choose among +-sin(r) and +-cos(r):
//
//     sin(r) = r + r^3 S(r^2),      cos(r) = 1 - r^2/2 + r^4 C(r^2),
//
// S and C of degree 2 (errors 0.07 and 0.002 of 2^-24).
//
// r for |x| <= 2^17 (Cody and Waite, with multiply-adds): pi/2 is the sum of three floats, subtracted
// n times in turn. The first subtraction is exact, since both terms are multiples of 2^-23 and the
// difference is less than 1. The three hold 77 bits of pi/2, which covers the 2^-30 to which a
// float in this range may come to a multiple of pi/2.
//
// r for larger x (Payne and Hanek): x 2/pi modulo 4 in integers, from the 128 bits of 2/pi that
// matter. One lane after another, and rare: states and phases of a model are of moderate size.

/// Largest magnitude that the vector reduction takes.
private let vectorReductionLimit: Float = 0x1p17

/// sin(x) and cos(x), at most 2 ulp off; NaN at infinities.
@_transparent
func sineAndCosine(_ x: Lanes) -> (sine: Lanes, cosine: Lanes) {
  let shifted = multiplyAdd(x, 0x1.45f306p-1, roundingShift)
  let n = shifted - Lanes(repeating: roundingShift)
  var r = multiplyAdd(n, -0x1.921fb6p0, x)
  r = multiplyAdd(n, 0x1.777a5cp-25, r)
  r = multiplyAdd(n, 0x1.ee59dap-50, r)
  var quadrant = bits(shifted)
  let huge = vector_abs(x) .> Lanes(repeating: vectorReductionLimit)
  if vector_any(unsafeBitCast(huge, to: IntegerLanes.self)) {
    (r, quadrant) = reducingHugeLanes(x, r, quadrant)
  }

  let square = r * r
  var s = multiplyAdd(square, -0x1.991c26p-13, 0x1.1106c6p-7)
  s = multiplyAdd(s, square, -0x1.555544p-3)
  let sine = multiplyAdd(r * square, s, r)
  var c = multiplyAdd(square, 0x1.99e336p-16, -0x1.6c0c1ep-10)
  c = multiplyAdd(c, square, 0x1.55554ap-5)
  let cosine = multiplyAdd(square, multiplyAdd(c, square, -0.5), 1)

  // Odd quadrants exchange the two; bit 1 of n, of n + 1 for the cosine, is the sign.
  let exchanged = (quadrant & IntegerLanes(repeating: 1)) .== IntegerLanes(repeating: 1)
  let sign = IntegerLanes(repeating: .min)
  return (
    floats(bits(sine.replacing(with: cosine, where: exchanged)) ^ ((quadrant &<< 30) & sign)),
    floats(
      bits(cosine.replacing(with: sine, where: exchanged)) ^ (((quadrant &+ 1) &<< 30) & sign))
  )
}

/// sin(x), at most 2 ulp off.
@_transparent
func sine(_ x: Lanes) -> Lanes { sineAndCosine(x).sine }

/// cos(x), at most 2 ulp off.
@_transparent
func cosine(_ x: Lanes) -> Lanes { sineAndCosine(x).cosine }

/// sin(x) and its derivative cos(x).
@_transparent
func sineWithDerivative(_ x: Lanes) -> (value: Lanes, derivative: Lanes) {
  let (sine, cosine) = sineAndCosine(x)
  return (sine, cosine)
}

/// cos(x) and its derivative -sin(x).
@_transparent
func cosineWithDerivative(_ x: Lanes) -> (value: Lanes, derivative: Lanes) {
  let (sine, cosine) = sineAndCosine(x)
  return (cosine, negated(sine))
}

/// The remainders and quadrants with those of the lanes that the vector reduction cannot take replaced.
///
/// By value: a variable whose address went to another function would live in memory for every vector.
@inline(never)
private func reducingHugeLanes(
  _ x: Lanes, _ r: Lanes, _ quadrant: IntegerLanes
) -> (r: Lanes, quadrant: IntegerLanes) {
  var (r, quadrant) = (r, quadrant)
  var lane = 0
  while lane < 16 {
    let value = x[lane]
    if value.magnitude > vectorReductionLimit {
      let reduced = reduceHuge(value)
      r[lane] = reduced.r
      quadrant[lane] = reduced.quadrant
    }
    lane &+= 1
  }
  return (r, quadrant)
}

/// x modulo pi/2 in [-pi/4, pi/4], and how often, modulo 4, for |x| >= 2^17.
///
/// With |x| = m 2^e, only the bits of 2/pi of weight 2^(1 - e) and below count, the rest contributing
/// multiples of 4. The first 128 of them, times m and modulo 2^128, give x 2/pi modulo 4; the
/// upper 64 bits of that hold the phase to 2^-62, and no float's phase is closer than 2^-32 or so
/// to a multiple of 1.
private func reduceHuge(_ x: Float) -> (r: Float, quadrant: Int32) {
  guard x.magnitude < .infinity else { return (.nan, 0) }
  let m = UInt64(truncatingIfNeeded: x.bitPattern & 0x7f_ffff | 0x80_0000)
  let e = Int(truncatingIfNeeded: x.bitPattern &>> 23 & 0xff) &- 150
  let first = e &+ 62
  let high = bitsOfTwoOverPi(from: first)
  let low = bitsOfTwoOverPi(from: first &+ 64)
  let phase = m &* high &+ m.multipliedFullWidth(by: low).high
  let quadrant = (phase &+ 1 &<< 61) &>> 62
  let rest = Int64(bitPattern: phase &- quadrant &<< 62)
  let r = Float(Double(rest) * 0x1.921fb54442d18p-62)
  let count = Int32(truncatingIfNeeded: quadrant)
  return x < 0 ? (0 - r, 0 &- count) : (r, count)
}

/// 64 bits of 2/pi preceded by 64 zero bits, from a bit position below 256.
private func bitsOfTwoOverPi(from position: Int) -> UInt64 {
  let offset = UInt64(truncatingIfNeeded: position & 63)
  let word = wordOfTwoOverPi(position &>> 6)
  guard offset != 0 else { return word }
  return word &<< offset | wordOfTwoOverPi(position &>> 6 &+ 1) &>> (64 &- offset)
}

/// The words of 2/pi, most significant first, after a word of zeros.
private func wordOfTwoOverPi(_ index: Int) -> UInt64 {
  switch index {
  case 0: 0
  case 1: 0xa2f9_836e_4e44_1529
  case 2: 0xfc27_57d1_f534_ddc0
  case 3: 0xdb62_9599_3c43_9041
  default: 0xfe51_63ab_debb_c561
  }
}
