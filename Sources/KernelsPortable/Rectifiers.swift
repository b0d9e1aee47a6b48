import CVectors

// Functions with a corner, or nearly one, at zero, and their derivatives: max(x, 0), |x|, and ELU, x
// where positive and exp(x) - 1 elsewhere. A NaN stays one in the value and in the derivative.

/// max(x, 0).
@_transparent
func relu(_ x: Lanes) -> Lanes { atLeast(x, 0) }

/// max(x, 0) and its derivative, 0 at 0.
@_transparent
func reluWithDerivative(_ x: Lanes) -> (value: Lanes, derivative: Lanes) {
  let slope = Lanes().replacing(with: Lanes(repeating: 1), where: x .> Lanes())
  return (relu(x), slope.replacing(with: x, where: x .!= x))
}

/// |x|.
@_transparent
func absoluteValue(_ x: Lanes) -> Lanes { vector_abs(x) }

/// |x| and its derivative, 0 at 0.
@_transparent
func absoluteValueWithDerivative(_ x: Lanes) -> (value: Lanes, derivative: Lanes) {
  let sign = floats(bits(Lanes(repeating: 1)) | signBits(x))
  let isCertain = (x .< Lanes()) .| (x .> Lanes())
  return (absoluteValue(x), x.replacing(with: sign, where: isCertain))
}

/// x where positive, exp(x) - 1 elsewhere, at most 1 ulp off.
///
/// Below -30 the argument stops: the result has long been -1.
@_transparent
func elu(_ x: Lanes) -> Lanes {
  exponentialMinusOne(atMost(atLeast(x, -30), 0)).replacing(with: x, where: x .>= Lanes())
}

/// ELU and its derivative, 1 where positive and exp(x) = ELU + 1 elsewhere.
@_transparent
func eluWithDerivative(_ x: Lanes) -> (value: Lanes, derivative: Lanes) {
  let value = elu(x)
  return (value, atMost(value, 0) + Lanes(repeating: 1))
}
