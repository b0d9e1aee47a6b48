import CVectors

// erf(x) = 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x.
//
// Goals, in order: the same bits on every processor; odd, exactly 1 in magnitude once the true
// value rounds to 1; at most 2 ulp everywhere; speed.
//
// Method. Both of two formulas are evaluated and one is chosen:
//
//     |x| <  59/64:   erf |x| = |x| + |x| P(x^2)
//     |x| >= 59/64:   erf |x| = 1 - exp(L(|x|)),      L(a) = log(erfc(a))
//
// P and L are polynomials of degree 6. Near zero erf is nearly linear and P keeps the relative
// accuracy. Beyond, erfc <= 0.2, so that L and the exponential need less accuracy than the result.
//
// Limits: erfc has no function of its own here; GELU.swift has the tail of the normal distribution.

/// erf(x), at most 2 ulp off; odd; +-1 from |x| = 3.92 on.
@_transparent
func errorFunction(_ x: Lanes) -> Lanes {
  let a = atMost(vector_abs(x), 4)

  let square = a * a
  var p = multiplyAdd(square, 0x1.58b0a2p-14, -0x1.a9063ep-11)
  p = multiplyAdd(p, square, 0x1.54a5b2p-8)
  p = multiplyAdd(p, square, -0x1.b80b2p-6)
  p = multiplyAdd(p, square, 0x1.ce2dep-4)
  p = multiplyAdd(p, square, -0x1.812742p-2)
  p = multiplyAdd(p, square, 0x1.06eba8p-3)
  let centre = multiplyAdd(a, p, a)

  var log = multiplyAdd(a, 0x1.9fb318p-13, -0x1.91cd1cp-9)
  log = multiplyAdd(log, a, 0x1.6d9ce6p-6)
  log = multiplyAdd(log, a, -0x1.aa7324p-4)
  log = multiplyAdd(log, a, -0x1.4621bap-1)
  log = multiplyAdd(log, a, -0x1.20b752p0)
  log = multiplyAdd(log, a, -0x1.5d1136p-13)
  let tail = Lanes(repeating: 1) - moderateExponential(log)

  let magnitude = tail.replacing(with: centre, where: a .< Lanes(repeating: 0x1.d8p-1))
  return floats(bits(magnitude) | signBits(x))
}

/// erf(x) and its derivative 2 / sqrt(pi) exp(-x^2).
///
/// Rounding x^2 costs no more than 2^-24 / e in absolute terms. At 11, where the argument stops, the
/// exponential is zero.
@_transparent
func errorFunctionWithDerivative(_ x: Lanes) -> (value: Lanes, derivative: Lanes) {
  let a = atMost(vector_abs(x), 11)
  return (errorFunction(x), Lanes(repeating: 0x1.20dd76p0) * exponential(negated(a * a)))
}
