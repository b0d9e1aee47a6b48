import CVectors

// GELU(x) = x Phi(x) and its derivative Phi(x) + x phi(x), where Phi and phi are the normal
// distribution's cumulative and density functions: the exact form, not the one with tanh.
//
// Goals, in order: the same bits on every processor, and for the value with and without derivative;
// a value that is relatively accurate down the negative tail, where differences of 1 and erf have
// no digits left; speed, as networks evaluate this most often after matrix products; a
// derivative accurate to about 1e-7 absolutely (near its zero at -0.7518 its two terms cancel).
//
// Method. With a = |x|, everything follows from the tail Phi(-a) = E R, where E = exp(-a^2/2) and
// R is a slowly varying ratio, R(0) = 1/2 and R(a) ~ 1 / (a sqrt(2 pi)):
//
//     GELU(x)  = max(x, 0) - a E R
//     GELU'(x) = s where x < 0, 1 - s elsewhere,      s = E (R - a / sqrt(2 pi)).
//
// R = P / Q, polynomials of degree 4 and 5 with positive coefficients: no term cancels, and the
// division overlaps with the computation of E. The quotient's error is 0.29 of 2^-24.
//
// E: rounding a^2/2, up to 112, would already cost 30 ulp. Instead, with n the integer nearest
// -a^2 / (2 log 2), the remainder t = a^2 + 2 n log 2 is formed by a multiply-add, a^2 unrounded, and
//
//     E = 2^n exp(-t/2) = 2^n (1 - t/2 + t^2/4 q(-t/2)),
//
// q as in Exponential.swift, its coefficients multiplied by powers of -1/2. 2 n log 2 is exact since
// log 2 is cut to 16 bits and n has 8; the bits cut off follow in a second multiply-add.
//
// E is computed times 2^64, and the last multiply-add takes the factor back: E is never denormal.
//
// Limits: from -13 down the value is 0, where the true one is below 10^-37, and from -10 down the
// derivative is 0, where the true one is below 10^-20. Denormal values, and products of such
// derivatives with gradients, would make the matrix products after them several times slower.

/// E is not computed beyond this magnitude.
private let tailEnd: Float = 15

/// From this magnitude on the tail is 0.
private let valueEnd: Float = 13

/// From this magnitude on the derivative of the tail is 0.
private let derivativeEnd: Float = 10

/// 1 / sqrt(2 pi), the density's factor.
private let densityFactor: Float = 0x1.988454p-2

/// 2^64 E and R of a = min(|x|, 15).
@_transparent
private func normalTail(_ x: Lanes) -> (a: Lanes, scaledE: Lanes, r: Lanes) {
  let a = atMost(vector_abs(x), tailEnd)

  // -1/2 / log 2; the shift's extra 64 is the power of two carried along.
  let shift = roundingShift + 64
  let shifted = multiplyAdd(a * Lanes(repeating: -0x1.715476p-1), a, shift)
  let n = shifted - Lanes(repeating: shift)
  var t = multiplyAdd(a, a, n * Lanes(repeating: 0x1.62e4p0))
  t = multiplyAdd(n, 0x1.7f7d1cp-19, t)
  var e = multiplyAdd(t, 0x1.6a4508p-16, -0x1.1239aap-12)
  e = multiplyAdd(e, t, 0x1.5558b8p-9)
  e = multiplyAdd(e, t, -0x1.555492p-6)
  e = multiplyAdd(e, t, 0x1.fffffcp-4)
  e = multiplyAdd(e, t, -0.5)
  e = multiplyAdd(e, t, 1)
  let scaledE = floats(bits(e) &+ (bits(shifted) &<< 23))
    .replacing(with: Lanes(), where: a .>= Lanes(repeating: valueEnd))

  var p = multiplyAdd(a, 0x1.0e23cp-8, 0x1.4d4f64p-5)
  p = multiplyAdd(p, a, 0x1.77a414p-3)
  p = multiplyAdd(p, a, 0x1.c11aa2p-2)
  p = multiplyAdd(p, a, 0.5)
  var q = multiplyAdd(a, 0x1.5290ecp-7, 0x1.a1c492p-4)
  q = multiplyAdd(q, a, 0x1.e139eap-2)
  q = multiplyAdd(q, a, 0x1.340cecp0)
  q = multiplyAdd(q, a, 0x1.accf8p0)
  q = multiplyAdd(q, a, 1)
  return (a, scaledE, p / q)
}

/// max(x, 0) - a E R.
@_transparent
private func value(_ x: Lanes, _ a: Lanes, _ scaledE: Lanes, _ r: Lanes) -> Lanes {
  multiplyAdd(a * scaledE * r, -0x1p-64, atLeast(x, 0))
}

/// GELU(x), at most 7 ulp off.
@_transparent
func gelu(_ x: Lanes) -> Lanes {
  let (a, scaledE, r) = normalTail(x)
  return value(x, a, scaledE, r)
}

/// GELU(x), the same bits as `gelu`, and its derivative, at most 1.5e-7 off.
@_transparent
func geluWithDerivative(_ x: Lanes) -> (value: Lanes, derivative: Lanes) {
  let (a, scaledE, r) = normalTail(x)
  let s = (multiplyAdd(a, -densityFactor, r) * scaledE)
    .replacing(with: Lanes(), where: a .>= Lanes(repeating: derivativeEnd))
  let negative = x .< Lanes()
  let factor = Lanes(repeating: -0x1p-64)
    .replacing(with: Lanes(repeating: 0x1p-64), where: negative)
  let offset = Lanes(repeating: 1).replacing(with: Lanes(), where: negative)
  return (value(x, a, scaledE, r), multiplyAdd(s, factor, offset))
}
