import CVectors
import KernelTables

// u(r) and u′(r) / r of sixteen pairs from their squared distances.
//
// Goals, in order: the same bits everywhere; nothing infinite or NaN for particles at one place, so
// distances have a floor; one division a pair. The formulas stand with `PairForm`.

/// A function of the distance of two particles.
protocol PairEnergy {
  /// u(r) and u′(r) / r.
  func callAsFunction(_ square: Lanes) -> (value: Lanes, factor: Lanes)
}

/// With q = (r/R)² and s = 1 / (q³ + softness): u = A s (s - 2), u′/r = -12 A / R² (s - 1) s² q².
///
/// q is held below 10¹², whose cube still is a float.
struct LennardJonesPair: PairEnergy {
  let scale: Float, softness: Float, strength: Float, slope: Float

  init(strength: Double, radius: Double, softness: Double) {
    scale = Float(1 / (radius * radius))
    self.softness = Float(softness)
    self.strength = Float(strength)
    slope = Float(-12 * strength / (radius * radius))
  }

  @inline(__always)
  func callAsFunction(_ square: Lanes) -> (value: Lanes, factor: Lanes) {
    let q = atMost(atLeast(square * Lanes(repeating: scale), Float(lennardJonesFloor)), 1e12)
    let qq = q * q
    let s = Lanes(repeating: 1) / vector_fma(q, qq, Lanes(repeating: softness))
    let value = s * Lanes(repeating: strength) * (s - Lanes(repeating: 2))
    let factor = (s - Lanes(repeating: 1)) * s * (s * qq) * Lanes(repeating: slope)
    return (value, factor)
  }
}

/// The same without softness, and a cubic in r - cut for r < cut.
struct SplinedLennardJonesPair: PairEnergy {
  let outer: LennardJonesPair
  let cut: Float, c0: Float, c1: Float, c2: Float, c3: Float

  init(strength: Double, radius: Double, cut: Double) {
    outer = LennardJonesPair(strength: strength, radius: radius, softness: 0)
    self.cut = Float(cut)
    let c = lennardJonesCubic(strength: strength, radius: radius, at: cut)
    (c0, c1, c2, c3) = (Float(c.0), Float(c.1), Float(c.2), Float(c.3))
  }

  @inline(__always)
  func callAsFunction(_ square: Lanes) -> (value: Lanes, factor: Lanes) {
    let far = outer(square)
    let r = vector_sqrt(atLeast(square, Float(squareFloor)))
    let v = r - Lanes(repeating: cut)
    let value = multiplyAdd(multiplyAdd(multiplyAdd(v, c3, c2), v, c1), v, c0)
    let slope = multiplyAdd(multiplyAdd(v, 3 * c3, 2 * c2), v, c1)
    let isNear = r .< Lanes(repeating: cut)
    return (
      far.value.replacing(with: value, where: isNear),
      far.factor.replacing(with: slope / r, where: isNear)
    )
  }
}

/// With v = r - d: u = v (a + v (b + c v²)), u′/r = (a + v (2 b + 4 c v²)) / r.
struct DoubleWellPair: PairEnergy {
  let distance: Float, linear: Float, quadratic: Float, quartic: Float

  @inline(__always)
  func callAsFunction(_ square: Lanes) -> (value: Lanes, factor: Lanes) {
    let r = vector_sqrt(atLeast(square, Float(squareFloor)))
    let v = r - Lanes(repeating: distance)
    let vv = v * v
    let inner = multiplyAdd(multiplyAdd(vv, quartic, quadratic), v, linear)
    let slope = multiplyAdd(multiplyAdd(vv, 4 * quartic, 2 * quadratic), v, linear)
    return (v * inner, slope / r)
  }
}

/// u = A exp(-κ r) / r, u′/r = -u (1/r + κ) / r; zero to 32-bit floats beyond κ r = 87.
struct ScreenedCoulombPair: PairEnergy {
  let strength: Float, screening: Float

  @inline(__always)
  func callAsFunction(_ square: Lanes) -> (value: Lanes, factor: Lanes) {
    let inverse =
      Lanes(repeating: 1) / vector_sqrt(atLeast(square, Float(squareFloor)))
    let r = square * inverse
    let decay = moderateExponential(atLeast(r * Lanes(repeating: -screening), -87))
    let value = decay * Lanes(repeating: strength) * inverse
    let factor = value * (inverse + Lanes(repeating: screening)) * inverse
    return (value, negated(factor))
  }
}
