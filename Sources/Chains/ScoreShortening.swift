/// How the score that a row's step follows is shortened, particle by particle.
///
/// Where particles overlap, scores grow like r⁻¹³, and a step along them ends nowhere. Kernels follow a field F in
/// place of ∇ log π,
///
/// ```text
/// F_i = ∇_i log π · min(1, b √s / (r |σ ∇_i log π|))      for each particle i in s dimensions
/// ```
///
/// r being what the kernel multiplies the score by, in units of the step's noise; σ the widths of coordinates. F
/// is a function of the point alone, so proposal densities know it and leapfrog steps stay reversible and keep
/// volumes: acceptance is as exact as along the score, which F is wherever chains settle.
/// Reference: Roberts and Tweedie (1996), *Exponential convergence of Langevin distributions and their
/// discrete approximations*, section 1.4.1 (truncated drifts), doi:10.2307/3318418
struct ScoreShortening {
  /// b, in units of the noise that a coordinate gets; 0 for none.
  let bound: Double
  /// r.
  let reach: Double

  /// What the components of one particle of a row are multiplied by; 1 where the density is not of particles.
  /// - Parameters:
  ///   - first: The first of the particle's coordinates.
  ///   - score: ∇ log ρ at `x`, [D].
  func factor(
    _ first: Int, ofRow row: Int, score: UnsafePointer<Float>, at x: UnsafePointer<Float>,
    _ state: ChainState
  ) -> Float {
    guard bound > 0, let axes = state.spaceDimension else { return 1 }
    let (annealing, scales) = (state.annealings[row % state.replicas], state.scales(ofRow: row))
    var square = 0.0
    for j in first..<first + axes {
      let component = Double(scales[j]) * Double(annealing.score(score[j], x[j]))
      square += component * component
    }
    let (length, most) = (reach * square.squareRoot(), bound * Double(axes).squareRoot())
    return length > most ? Float(most / length) : 1
  }
}

extension ChainState {
  /// The coordinates of each particle; all of them where the density is not of particles.
  var parts: StrideTo<Int> { stride(from: 0, to: dimension, by: partLength) }

  /// How many those are.
  var partLength: Int { spaceDimension ?? dimension }
}
