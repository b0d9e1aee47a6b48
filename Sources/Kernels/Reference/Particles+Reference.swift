import KernelTables

extension ReferenceKernels {
  package static func particles(
    _ system: ParticleParameters, x: UnsafeRawPointer, rows: Int,
    logDensity out: UnsafeMutableRawPointer, score: UnsafeMutableRawPointer?
  ) {
    let (n, s) = (system.particles, system.spaceDimension)
    for row in 0..<rows {
      let point = x.doubles + row * n * s
      let mean = (0..<s).map { k in (0..<n).reduce(0) { $0 + point[$1 * s + k] } / Double(n) }
      var energy = 0.5 * system.center * Double(n) * mean.reduce(0) { $0 + $1 * $1 }
      var slopes = [Double](repeating: 0, count: n * s)
      for i in 0..<n {
        for k in 0..<s {
          let moved = point[i * s + k] - mean[k]
          energy += 0.5 * system.oscillator * moved * moved
          slopes[i * s + k] += system.oscillator * moved + system.center * mean[k]
        }
        for j in 0..<i {
          let difference = (0..<s).map { point[i * s + $0] - point[j * s + $0] }
          let (value, factor) = pairEnergy(
            system.pair, square: difference.reduce(0) { $0 + $1 * $1 })
          energy += value
          for k in 0..<s {
            slopes[i * s + k] += factor * difference[k]
            slopes[j * s + k] -= factor * difference[k]
          }
        }
      }
      out.doubles[row] = -energy
      if let score { for i in 0..<n * s { score.doubles[row * n * s + i] = -slopes[i] } }
    }
  }

  /// u(r) and u′(r) / r.
  package static func pairEnergy(
    _ form: PairForm, square: Double
  ) -> (value: Double, factor: Double) {
    switch form {
    case .lennardJones(let strength, let radius, let softness):
      return lennardJones(strength, radius, softness, square)
    case .splinedLennardJones(let strength, let radius, let cut):
      guard square < cut * cut else { return lennardJones(strength, radius, 0, square) }
      let c = lennardJonesCubic(strength: strength, radius: radius, at: cut)
      let r = max(square, squareFloor).squareRoot()
      let v = r - cut
      return (c.0 + v * (c.1 + v * (c.2 + v * c.3)), (c.1 + v * (2 * c.2 + v * 3 * c.3)) / r)
    case .doubleWell(let distance, let linear, let quadratic, let quartic):
      let r = max(square, squareFloor).squareRoot()
      let v = r - distance
      return (
        v * (linear + v * (quadratic + quartic * v * v)),
        (linear + v * (2 * quadratic + 4 * quartic * v * v)) / r
      )
    case .screenedCoulomb(let strength, let screening):
      let r = max(square, squareFloor).squareRoot()
      let value = strength * Elementary.exponential(-screening * r) / r
      return (value, -value * (1 / r + screening) / r)
    }
  }

  private static func lennardJones(
    _ strength: Double, _ radius: Double, _ softness: Double, _ square: Double
  ) -> (Double, Double) {
    let q = max(square / (radius * radius), lennardJonesFloor)
    let s = 1 / (q * q * q + softness)
    return (
      strength * s * (s - 2), -12 * strength * (s - 1) * s * s * q * q / (radius * radius)
    )
  }
}
