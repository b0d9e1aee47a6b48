import CVectors

// exp(x) and the parts of it that other functions share.
//
// Goals, in order: the same bits on every processor; at most 1 ulp over the whole range, denormal
// results included; speed.
//
// Method. With n the integer nearest x / log 2 and r = x - n log 2, |r| <= 0.3466,
//
//     exp(x) = 2^n exp(r),      exp(r) = 1 + r + r^2 q(r),
//
// where q is a polynomial of degree 4. Writing the leading terms exactly leaves the error of the
// polynomial (0.05 of 2^-24) and of its evaluation multiplied by r^2 <= 0.12.
//
// n is found by adding 1.5 * 2^23: the sum's last bit has weight one, so the addition rounds to an
// integer and leaves it in the low bits, ready for shifting into an exponent. A conversion to
// integers would be slower, and unspecified for NaN.
//
// Limits: the payload of a NaN is not promised.

/// 1.5 * 2^23: a float near it has integer spacing and the integer in its low bits.
let roundingShift: Float = 0x1.8p23

/// 1 / log 2, rounded.
let inverseLogTwo: Float = 0x1.715476p0

/// log 2 as the sum of two floats.
///
/// The first is log 2 rounded to a float, the second what the rounding left.
let logTwoHigh: Float = 0x1.62e43p-1
let logTwoLow: Float = -0x1.05c61p-29

/// q(r) = (exp(r) - 1 - r) / r^2 for |r| <= 0.347, the error of exp(r) made level.
@_transparent
func exponentialQuotient(_ r: Lanes) -> Lanes {
  var q = multiplyAdd(r, 0x1.6a4508p-10, 0x1.1239aap-7)
  q = multiplyAdd(q, r, 0x1.5558b8p-5)
  q = multiplyAdd(q, r, 0x1.555492p-3)
  return multiplyAdd(q, r, 0x1.fffffcp-2)
}

/// Splits x = n log 2 + r for |x| <= 112; `shifted` is n + 1.5 * 2^23.
///
/// The first product is subtracted with one rounding, and none is needed: x and n log 2 agree so
/// far that `exact` fits in 24 bits. r is the rounded sum of `exact` and `rest`.
@_transparent
func reduceByLogTwo(_ x: Lanes) -> (shifted: Lanes, r: Lanes, exact: Lanes, rest: Lanes) {
  let shifted = multiplyAdd(x, inverseLogTwo, roundingShift)
  let n = shifted - Lanes(repeating: roundingShift)
  let exact = multiplyAdd(n, -logTwoHigh, x)
  let r = multiplyAdd(n, -logTwoLow, exact)
  return (shifted, r, exact, n * Lanes(repeating: -logTwoLow))
}

/// exp(x), at most 1 ulp off; infinity above 88.73, zero below -103.98, denormal before that.
///
/// A denormal result is rounded once.
@_transparent
func exponential(_ x: Lanes) -> Lanes {
  let (p, shifted) = exponentialFactors(atLeast(atMost(x, 89), -104))
  return vector_scale_shifted(p, shifted)
}

/// exp(x) for -112 <= x <= 89 as p in [0.7, 1.42) and n + 1.5 * 2^23, p times 2^n; NaN stays NaN.
///
/// The linear term is added as `exact` and `rest`, since rounding r costs a quarter of an ulp.
@_transparent
func exponentialFactors(_ x: Lanes) -> (p: Lanes, shifted: Lanes) {
  let (shifted, r, exact, rest) = reduceByLogTwo(x)
  let p = Lanes(repeating: 1) + (exact + multiplyAdd(r * r, exponentialQuotient(r), rest))
  return (p, shifted)
}

/// exp(x) for -87 <= x <= 88, about 1 ulp off; NaN stays NaN.
@_transparent
func moderateExponential(_ x: Lanes) -> Lanes {
  let (shifted, r, _, _) = reduceByLogTwo(x)
  let grown = multiplyAdd(r * r, exponentialQuotient(r), r)
  let scale = powerOfTwo(bits(shifted) &- bits(Lanes(repeating: roundingShift)))
  return multiplyAdd(scale, grown, scale)
}

/// 2^n for -126 <= n <= 127.
@_transparent
func powerOfTwo(_ n: IntegerLanes) -> Lanes { floats((n &+ 127) &<< 23) }

/// exp(x) - 1 for -87 <= x <= 0, at most 1 ulp off, and -0 for -0; NaN stays NaN.
///
/// 2^n - 1 is exact, and where n = 0 it vanishes, which keeps the relative accuracy of small results.
@_transparent
func exponentialMinusOne(_ x: Lanes) -> Lanes {
  let (shifted, r, _, _) = reduceByLogTwo(x)
  let grown = multiplyAdd(r * r, exponentialQuotient(r), r)
  let scale = powerOfTwo(bits(shifted) &- bits(Lanes(repeating: roundingShift)))
  return multiplyAdd(scale, grown, scale - Lanes(repeating: 1))
}

/// exp(x), which is its own derivative.
@_transparent
func exponentialWithDerivative(_ x: Lanes) -> (value: Lanes, derivative: Lanes) {
  let value = exponential(x)
  return (value, value)
}
