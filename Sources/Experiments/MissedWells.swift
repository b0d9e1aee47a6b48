import Densities
import Kernels

/// How many left wells of a many-well a sampler misses, judged by its importance-weighted log Z.
///
/// A sampler that never goes into the left well of a pair underestimates log Z by -log of the right
/// well's mass, 0.169239: on the many-well in 32 dimensions, one that is all on the right is off by 2.708.
public struct MissedWells: Sendable {
  /// Number of pairs that the error amounts to; not negative.
  public let count: Double
  /// Number of pairs.
  public let pairs: Int

  /// Nil for a density that is no many-well.
  init?(_ result: SeedResult, _ density: String) {
    guard let well = try? NamedDensity(density).density as? ManyWell,
      let estimate = result.evaluation["log-normalizer"]
    else { return nil }
    let loss = -scalarLog(1 - well.modeWeights[0])
    self.init(error: well.logNormalizer - estimate.value, loss: loss, pairs: well.factors)
  }

  /// The wells that an underestimate of log Z amounts to, each a loss.
  package init(error: Double, loss: Double, pairs: Int) {
    count = max(0, error / loss)
    self.pairs = pairs
  }

  /// In words.
  public var words: String {
    guard count >= 0.5 else { return "no left well missed" }
    guard count < Double(pairs) - 0.5 else {
      return count < Double(pairs) + 0.5
        ? "every left well missed" : "every left well missed, and more than that"
    }
    return "about \(Int(count.rounded())) of \(pairs) left wells missed"
  }
}
