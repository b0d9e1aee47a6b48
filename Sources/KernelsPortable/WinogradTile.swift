import CVectors

// The three changes of basis of Winograd's F(2 x 2, 3 x 3), and their transposes. Along one axis
//
//     Bᵀ d = [d₀ - d₂, d₁ + d₂, d₂ - d₁, d₁ - d₃]            four inputs
//     G g  = [g₀, (g₀ + g₁ + g₂) / 2, (g₀ - g₁ + g₂) / 2, g₂]     three weights
//     Aᵀ m = [m₀ + m₁ + m₂, m₁ - m₂ - m₃]                    two outputs
//
// and Aᵀ (G g · Bᵀ d) = [g₀ d₀ + g₁ d₁ + g₂ d₂, g₀ d₁ + g₁ d₂ + g₂ d₃] with four products instead of
// six. Along two axes a change is made along each, and sixteen products stand for 36.
// All are sums and differences, and halves, which are exact.
//
// Reference: Lavin and Gray (2015), *Fast algorithms for convolutional neural networks*,
// arXiv:1509.09308, section 4.1

/// Numbers of a tile along one axis, sixteen channels each.
typealias Two = (Lanes, Lanes)
/// Three of them.
typealias Three = (Lanes, Lanes, Lanes)
/// Four of them.
typealias Four = (Lanes, Lanes, Lanes, Lanes)

/// Bᵀ d.
@_transparent
func changedInputs(_ d0: Lanes, _ d1: Lanes, _ d2: Lanes, _ d3: Lanes) -> Four {
  (d0 - d2, d1 + d2, d2 - d1, d1 - d3)
}

/// Aᵀ m.
@_transparent
func changedProducts(_ m0: Lanes, _ m1: Lanes, _ m2: Lanes, _ m3: Lanes) -> Two {
  (m0 + m1 + m2, m1 - m2 - m3)
}

/// A y: what the transpose of `changeProducts` makes of two outputs' gradients.
@_transparent
func changedOutputs(_ y0: Lanes, _ y1: Lanes) -> Four { (y0, y0 + y1, y0 - y1, negated(y1)) }

/// G g.
@_transparent
func changedWeights(_ g0: Lanes, _ g1: Lanes, _ g2: Lanes) -> Four {
  let half = Lanes(repeating: 0.5)
  let ends = g0 + g2
  return (g0, half * (ends + g1), half * (ends - g1), g2)
}

/// Gᵀ u: what the transpose of `changeWeights` makes of four gradients.
@_transparent
func gatheredWeights(_ u0: Lanes, _ u1: Lanes, _ u2: Lanes, _ u3: Lanes) -> Three {
  let half = Lanes(repeating: 0.5)
  let ends = half * (u1 + u2)
  return (u0 + ends, half * (u1 - u2), ends + u3)
}

/// Writes a row of four to planes one after the other.
@_transparent
func store(_ x: Four, to p: UnsafeMutablePointer<Float>, _ plane: Int) {
  vector_store(x.0, p)
  vector_store(x.1, p + plane)
  vector_store(x.2, p + 2 &* plane)
  vector_store(x.3, p + 3 &* plane)
}
