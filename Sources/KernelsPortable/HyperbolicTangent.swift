import CVectors

// tanh(x).
//
// Goals, in order: the same bits on every processor; odd, and exactly 1 in magnitude once the true
// value rounds to 1; at most 2 ulp everywhere, tiny arguments included; speed.
//
// Method. Both of two formulas are evaluated and one is chosen:
//
//     |x| <  5/8:   tanh |x| = |x| + |x|^3 P(x^2)
//     |x| >= 5/8:   tanh |x| = 1 - 2 / (exp(2|x|) + 1)
//
// P is a polynomial of degree 4 (error 0.08 of 2^-24). From 5/8 on the fraction is less than 0.45, so
// that its own rounding errors count half.
//
// One formula for all would be z / (z + 2) with z = exp(2|x|) - 1, but its three roundings add up
// to 2.5 ulp near zero.

/// tanh(x), at most 2 ulp off; odd; +-1 from |x| = 9.02 on.
///
/// The argument stops at 10, where the fraction is far below half an ulp of 1.
@_transparent
func hyperbolicTangent(_ x: Lanes) -> Lanes {
  let a = atMost(vector_abs(x), 10)

  let square = a * a
  var p = multiplyAdd(square, -0x1.734388p-8, 0x1.519498p-6)
  p = multiplyAdd(p, square, -0x1.b826a4p-5)
  p = multiplyAdd(p, square, 0x1.110686p-3)
  p = multiplyAdd(p, square, -0x1.55553p-2)
  let centre = multiplyAdd(square * a, p, a)

  let one = Lanes(repeating: 1)
  let fraction = Lanes(repeating: 2) / (moderateExponential(a + a) + one)

  let magnitude = (one - fraction).replacing(with: centre, where: a .< Lanes(repeating: 0.625))
  return floats(bits(magnitude) | signBits(x))
}

/// tanh(x) and its derivative 1 - tanh(x)^2.
@_transparent
func hyperbolicTangentWithDerivative(_ x: Lanes) -> (value: Lanes, derivative: Lanes) {
  let t = hyperbolicTangent(x)
  return (t, multiplyAdd(negated(t), t, Lanes(repeating: 1)))
}
