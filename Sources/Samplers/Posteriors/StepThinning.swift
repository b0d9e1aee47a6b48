import Kernels

/// Which runs of steps of a block carry gradient, and how much more for it.
///
/// Run c is one of them where ⌊u + (c + 1) f⌋ > ⌊u + c f⌋ with u uniform on [0, 1): each with the
/// chance f, evenly spread over a path. Its gradient counts 1 / f times, so the expectation is the whole
/// gradient, and residuals are exact.
/// Reference: Venkatraman, Jain, Scimeca, et al. (2024), arXiv:2405.20971, appendix H.1
struct StepThinning {
  private let fraction: Double
  private let start: Double

  /// The choice of a block.
  init(_ settings: SimulationSettings, block: Int) {
    fraction = settings.stepFraction
    guard fraction < 1 else {
      start = 0
      return
    }
    var words = settings.stream.folding(.thinning).words(of: .uniform, row: block)
    start = words.unit()
  }

  /// What the gradient of a run of steps counts: 0 where it has none.
  func factor(of run: Int) -> Double {
    guard fraction < 1 else { return 1 }
    let (before, after) = (start + Double(run) * fraction, start + Double(run + 1) * fraction)
    return after.rounded(.down) > before.rounded(.down) ? 1 / fraction : 0
  }
}
