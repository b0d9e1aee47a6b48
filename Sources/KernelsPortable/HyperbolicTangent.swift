import CVectors

// tanh(x).
//
// Goals, in order: the same bits on every processor; odd, and exactly 1 in magnitude once the true
// value rounds to 1; at most 2 ulp everywhere, tiny arguments included; speed.
//
// Method. With z = exp(2|x|) - 1,
//
//     tanh |x| = z / (z + 2).
//
// z must be relatively accurate near zero, so the one is never added and subtracted: with
// 2|x| = n log 2 + r,
//
//     z = 2^n (exp(r) - 1) + (2^n - 1),      exp(r) - 1 = r + r^2 q(r),
//
// one multiply-add. An error of z reaches the result multiplied by 2 / (z + 2) <= 1.

/// tanh(x), at most 2 ulp off; odd; +-1 from |x| = 9.02 on.
///
/// The argument stops at 10, where z + 2 rounds to z and the quotient is 1.
@inline(__always)
func hyperbolicTangent(_ x: Lanes) -> Lanes {
  let a = atMost(vector_abs(x), 10)
  let (shifted, r) = reduceByLogTwo(a + a)
  let grown = multiplyAdd(r * r, exponentialQuotient(r), r)
  let scale = powerOfTwo(bits(shifted) &- bits(Lanes(repeating: roundingShift)))
  let z = multiplyAdd(scale, grown, scale - Lanes(repeating: 1))
  return floats(bits(z / (z + Lanes(repeating: 2))) | signBits(x))
}
