import CVectors

// The logistic function s(x) = 1 / (1 + exp(-x)), its product with x, and their derivatives.
//
// Goals, in order: the same bits on every processor; relative accuracy down the negative tail; speed.
//
// Method. t = exp(-|x|) cannot overflow; s(|x|) = 1 / (1 + t) and s(-|x|) = t / (1 + t), which keeps
// the tail. x s(x) at negative x is x t / (1 + t): x joins t before the last power of two does, so that
// the product of a denormal t with x keeps its digits.

/// -|x|.
@_transparent
func negativeMagnitude(_ x: Lanes) -> Lanes { floats(bits(x) | IntegerLanes(repeating: .min)) }

/// 1 / (1 + exp(-x)), at most 3 ulp off wherever the result is normal.
@_transparent
func sigmoid(_ x: Lanes) -> Lanes {
  let tail = exponential(negativeMagnitude(x))
  let one = Lanes(repeating: 1)
  return one.replacing(with: tail, where: x .< Lanes()) / (one + tail)
}

/// s(x) and s (1 - s).
@_transparent
func sigmoidWithDerivative(_ x: Lanes) -> (value: Lanes, derivative: Lanes) {
  let s = sigmoid(x)
  return (s, multiplyAdd(Lanes() - s, s, s))
}

/// x s(x), at most 4 ulp off, t = exp(-|x|) and 1 / (1 + t).
///
/// Below -112 the argument stops: the product there rounds to -0.
@_transparent
private func siluAndTail(_ x: Lanes) -> (value: Lanes, tail: Lanes, inverse: Lanes) {
  let (p, shifted) = exponentialFactors(atLeast(negativeMagnitude(x), -112))
  let tail = vector_scale_shifted(p, shifted)
  let one = Lanes(repeating: 1)
  let inverse = one / (one + tail)
  let numerator = x.replacing(
    with: vector_scale_shifted(atLeast(x, -112) * p, shifted), where: x .< Lanes())
  return (numerator * inverse, tail, inverse)
}

/// x / (1 + exp(-x)), at most 4 ulp off.
@_transparent
func silu(_ x: Lanes) -> Lanes { siluAndTail(x).value }

/// x s(x) and its derivative s + x s (1 - s).
///
/// At infinity x s is infinite and 1 - s is zero; a bound on x s makes their product the zero of its
/// limit.
@_transparent
func siluWithDerivative(_ x: Lanes) -> (value: Lanes, derivative: Lanes) {
  let (value, tail, greater) = siluAndTail(x)
  let lesser = tail * greater
  let isNegative = x .< Lanes()
  let s = greater.replacing(with: lesser, where: isNegative)
  let rest = lesser.replacing(with: greater, where: isNegative)
  return (value, multiplyAdd(atMost(value, 256), rest, s))
}
