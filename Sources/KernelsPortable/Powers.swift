import CVectors

// Powers of x that one IEEE operation or two give, and their derivatives.

/// x².
@_transparent
func square(_ x: Lanes) -> Lanes { x * x }

/// x² and 2 x.
@_transparent
func squareWithDerivative(_ x: Lanes) -> (value: Lanes, derivative: Lanes) { (square(x), x + x) }

/// √x.
@_transparent
func squareRoot(_ x: Lanes) -> Lanes { vector_sqrt(x) }

/// √x and 1 / (2 √x), infinite at 0.
@_transparent
func squareRootWithDerivative(_ x: Lanes) -> (value: Lanes, derivative: Lanes) {
  let root = squareRoot(x)
  return (root, Lanes(repeating: 0.5) / vector_abs(root))
}

/// 1 / x.
@_transparent
func reciprocal(_ x: Lanes) -> Lanes { Lanes(repeating: 1) / x }

/// 1 / x and -1 / x².
@_transparent
func reciprocalWithDerivative(_ x: Lanes) -> (value: Lanes, derivative: Lanes) {
  let value = reciprocal(x)
  return (value, negated(value * value))
}
