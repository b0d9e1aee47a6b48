import CVectors

// softplus(x) = log(1 + exp(x)), log sigmoid(x) = -softplus(-x), and their derivatives.
//
// Goals, in order: the same bits on every processor; no overflow, and relative accuracy in the tail
// where the result is small; speed.
//
// Method. softplus(x) = max(x, 0) + log(1 + t) with t = exp(-|x|) <= 1, and
//
//     t <  1/3:   log(1 + t) = log(1 + f),           f = t
//     t >= 1/3:   log(1 + t) = log 2 + log(1 + f),   f = (t - 1) / 2
//
// so that |f| <= 1/3, as in Logarithm.swift. The terms are added from the small to the large.

/// log 2, rounded.
private let logTwo: Float = 0x1.62e43p-1

/// max(x, 0) + log(1 + exp(-|x|)) and exp(-|x|).
@_transparent
private func softplusAndTail(_ x: Lanes) -> (value: Lanes, tail: Lanes) {
  let t = exponential(negativeMagnitude(x))
  let isLarge = t .>= Lanes(repeating: 0x1.555556p-2)
  let half = Lanes(repeating: 0.5)
  let f = t.replacing(with: multiplyAdd(t, half, Lanes() - half), where: isLarge)
  let base = atLeast(x, 0) + Lanes().replacing(with: Lanes(repeating: logTwo), where: isLarge)
  return (base + (f + logarithmRemainder(f)), t)
}

/// log(1 + exp(x)), at most 3 ulp off.
@_transparent
func softplus(_ x: Lanes) -> Lanes { softplusAndTail(x).value }

/// log(1 + exp(x)) and its derivative, the sigmoid of x.
@_transparent
func softplusWithDerivative(_ x: Lanes) -> (value: Lanes, derivative: Lanes) {
  let (value, tail) = softplusAndTail(x)
  let one = Lanes(repeating: 1)
  return (value, one.replacing(with: tail, where: x .< Lanes()) / (one + tail))
}

/// -log(1 + exp(-x)), at most 3 ulp off.
@_transparent
func logSigmoid(_ x: Lanes) -> Lanes { negated(softplus(negated(x))) }

/// -log(1 + exp(-x)) and its derivative, the sigmoid of -x.
@_transparent
func logSigmoidWithDerivative(_ x: Lanes) -> (value: Lanes, derivative: Lanes) {
  let (value, derivative) = softplusWithDerivative(negated(x))
  return (negated(value), derivative)
}
