import Kernels

/// Longer steps for an alternating iteration whose changes shrink slowly.
///
///     x ← x + ω (T(x) - x)
///
/// Near the fixed point the changes of plain steps shrink by some λ each, and those of steps with the best
/// ω = 2 / (1 + √(1 - λ)) by ω - 1, which takes the root of the number of iterations. λ is learned from
/// the last ten changes: with factor ω they shrink by μ, (μ + ω - 1)² = λ ω² μ.
/// Reference: Lehmann, von Renesse, Sambale and Uschmajew (2022), *A note on overrelaxation in the Sinkhorn
/// algorithm*, Optimization Letters 16; Young (1954), *Iterative methods for solving partial difference
/// equations of elliptic type*
struct Overrelaxation {
  private var factor = 1.0
  private var changes: [Double] = []

  /// The step with the present factor.
  func step(from x: [Double], to next: [Double]) -> [Double] {
    factor == 1 ? next : zip(x, next).map { $0 + factor * ($1 - $0) }
  }

  /// Learns from the change of a step; goes half way back to plain steps where changes grow for long.
  mutating func observe(_ change: Double) {
    changes.append(change)
    guard changes.count == 11 else { return }
    let rate = scalarExp(0.1 * scalarLog(change / changes[0]))
    changes = []
    guard rate < 1.05 else {
      factor = 1 + 0.5 * (factor - 1)
      return
    }
    // Below the best factor's own rate nothing is to be learned, nor while a new factor takes hold.
    guard rate > factor - 1, rate < 1 else { return }
    let plain = (rate + factor - 1) * (rate + factor - 1) / (factor * factor * rate)
    factor = max(factor, min(1.97, 2 / (1 + max(0, 1 - plain).squareRoot())))
  }
}
