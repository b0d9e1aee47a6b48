import CVectors

// log(x).
//
// Goals, in order: the same bits on every processor; at most 1 ulp for every positive float,
// denormals included; speed.
//
// Method. x = 2^e m with 2/3 <= m < 4/3, f = m - 1 (exact), and
//
//     log(x) = e log 2 + f - f^2/2 + f^3 P(f),
//
// P a polynomial of degree 7 (error 0.08 of 2^-24). The interval is centred so that e = 0 around
// x = 1, where the result is small and must be relatively accurate.
//
// When e != 0, the sum of e log 2 and f is rounded. That error is recovered: log 2 is cut to 16
// bits so that e log 2 is exact, |e log 2| > |f|, so the classical fast two-sum yields what was
// lost, and it joins the small terms.

/// log 2 as 16 bits, whose products with exponents are exact, and the rest.
private let logTwoShort: Float = 0x1.62e4p-1
private let logTwoRest: Float = 0x1.7f7d1cp-20

/// log(1 + f) - f for -1/3 <= f < 1/3.
@_transparent
func logarithmRemainder(_ f: Lanes) -> Lanes {
  var p = multiplyAdd(f, -0x1.07bc3p-3, 0x1.1e6ecap-3)
  p = multiplyAdd(p, f, -0x1.f335d2p-4)
  p = multiplyAdd(p, f, 0x1.1ed506p-3)
  p = multiplyAdd(p, f, -0x1.559c54p-3)
  p = multiplyAdd(p, f, 0x1.99d054p-3)
  p = multiplyAdd(p, f, -0x1.fffefap-3)
  p = multiplyAdd(p, f, 0x1.555506p-2)
  return f * f * multiplyAdd(p, f, -0.5)
}

/// log(x), at most 1 ulp off; -infinity at zeros, NaN below, infinity at infinity.
///
/// The rest of the floats, rare, are sent another way: for normal ones nothing needs a check of its own.
@_transparent
func logarithm(_ x: Lanes) -> Lanes {
  let least = Lanes(repeating: Float.leastNormalMagnitude)
  let isRare = .!((x .>= least) .& (x .< Lanes(repeating: .infinity)))
  var result = logarithmOfNormal(x, scaledBy: IntegerLanes())
  if vector_any(unsafeBitCast(isRare, to: IntegerLanes.self)) { result = logarithmOfAny(x) }
  return result
}

/// log(x 2^-n) for positive normal x.
@_transparent
private func logarithmOfNormal(_ x: Lanes, scaledBy n: IntegerLanes) -> Lanes {
  // Subtracting the bits of 2/3 makes the exponent field count from there.
  let e = (bits(x) &- bits(Lanes(repeating: 0x1.555556p-1))) &>> 23
  let f = floats(bits(x) &- (e &<< 23)) - Lanes(repeating: 1)
  let exponent = vector_float(e &- n)
  let small = logarithmRemainder(f)

  let large = exponent * Lanes(repeating: logTwoShort)
  let sum = large + f
  let lost = f - (sum - large)
  return sum + (multiplyAdd(exponent, logTwoRest, lost) + small)
}

/// log(x) of vectors that hold something other than positive normal numbers.
///
/// Inlined although rare: a call returns a vector in four pieces, and the compiler would then compute
/// the common case in pieces, too.
@_transparent
private func logarithmOfAny(_ x: Lanes) -> Lanes {
  let tiny = x .< Lanes(repeating: Float.leastNormalMagnitude)
  let normal = x.replacing(with: x * Lanes(repeating: 0x1p23), where: tiny)
  let result = logarithmOfNormal(normal, scaledBy: IntegerLanes().replacing(with: 23, where: tiny))
  let infinity = Lanes(repeating: .infinity)
  return result.replacing(with: x, where: .!(x .< infinity))
    .replacing(with: Lanes(repeating: -.infinity), where: x .== Lanes())
    .replacing(with: Lanes(repeating: .nan), where: x .< Lanes())
}

/// log(x) and its derivative 1 / x.
@_transparent
func logarithmWithDerivative(_ x: Lanes) -> (value: Lanes, derivative: Lanes) {
  (logarithm(x), reciprocal(x))
}
