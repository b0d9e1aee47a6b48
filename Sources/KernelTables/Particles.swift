/// u(r), the energy of two particles at distance r, as kernels read it.
package enum PairForm: BitwiseCopyable, Sendable {
  /// A (s² - 2 s) with s = 1 / ((r/R)⁶ + softness): the minimum is -A at r = R where softness is 0.
  case lennardJones(strength: Double, radius: Double, softness: Double)
  /// A (s² - 2 s) with s = (R/r)⁶ from `cut` on; nearer than that its cubic Taylor polynomial about
  /// `cut`, which is finite at 0 and joins with three derivatives.
  case splinedLennardJones(strength: Double, radius: Double, cut: Double)
  /// a v + b v² + c v⁴ with v = r - d.
  case doubleWell(distance: Double, linear: Double, quadratic: Double, quartic: Double)
  /// A exp(-κ r) / r.
  case screenedCoulomb(strength: Double, screening: Double)
}

/// Particles that interact in pairs, as kernels read them.
package struct ParticleParameters: BitwiseCopyable, Sendable {
  /// u.
  package var pair: PairForm
  /// N.
  package var particles: Int
  /// Coordinates of a particle, 2 or 3.
  package var spaceDimension: Int
  /// k of ½ k Σ |x_i - x̄|².
  package var oscillator: Double
  /// c of ½ c N |x̄|².
  package var center: Double

  /// Names the numbers.
  package init(
    pair: PairForm, particles: Int, spaceDimension: Int, oscillator: Double, center: Double
  ) {
    self.pair = pair
    self.particles = particles
    self.spaceDimension = spaceDimension
    self.oscillator = oscillator
    self.center = center
  }

  /// Columns of a row.
  package var dimension: Int { particles * spaceDimension }
}

/// The least squared distance of Lennard-Jones particles, in units of R²: nearer ones have the force
/// factor of this distance, which keeps all sums within 32-bit floats.
package let lennardJonesFloor = 1e-5

/// The least squared distance under a root.
package let squareFloor = 1e-12

/// Value and the coefficients of (r - cut), (r - cut)² and (r - cut)³ of A ((R/r)¹² - 2 (R/r)⁶).
package func lennardJonesCubic(
  strength: Double, radius: Double, at cut: Double
) -> (Double, Double, Double, Double) {
  let ratio = radius / cut
  let s = ratio * ratio * ratio * ratio * ratio * ratio
  return (
    strength * s * (s - 2), -12 * strength * s * (s - 1) / cut,
    strength * s * (78 * s - 42) / (cut * cut),
    -strength * s * (364 * s - 112) / (cut * cut * cut)
  )
}

/// The loop over rows of particles.
package protocol ParticleKernels {
  /// Writes log ρ = -Σ_{i<j} u(|x_i - x_j|) - ½ k Σ |x_i - x̄|² - ½ c N |x̄|² of each row of x to `out`,
  /// [rows], and its gradient to `score`, [rows, particles × spaceDimension].
  static func particles(
    _ system: ParticleParameters, x: UnsafeRawPointer, rows: Int,
    logDensity out: UnsafeMutableRawPointer, score: UnsafeMutableRawPointer?)
}
