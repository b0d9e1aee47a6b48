import Densities
import Kernels
import Metrics
import TestSupport
import Testing

@Suite("Collapse")
struct CollapseTests {
  /// Exact draws of a many-well, those of chosen wells mirrored to the right.
  func draws(
    _ density: any MultimodalDensity & SamplableDensity, count: Int, mirrored: Range<Int>
  ) -> [Float] {
    var x = [Float](repeating: 0, count: count * density.dimension)
    density.sample(count, firstRow: 0, RandomStream(seed: 4), into: &x)
    for row in 0..<count {
      for well in mirrored {
        let index = row * density.dimension + 2 * well
        x[index] = x[index].magnitude
      }
    }
    return x
  }

  /// 16 ln(1 / 0.84431) = 2.708 for all, and a sixteenth of that for each left well missed.
  @Test("say what a collapsed sampler of the many-well cannot see", arguments: [0, 1, 5, 16])
  func collapse(_ missed: Int) throws {
    let named = try NamedDensity("many-well")
    guard let density = named.density as? any MultimodalDensity & SamplableDensity else {
      Issue.record("no modes or samples")
      return
    }
    let weights = ModeWeights(draws(density, count: 2000, mirrored: 0..<missed), density)
    let unseen = weights.unseen
    expect(unseen.value, equals: 0.169239 * Double(missed), within: .absolute(2e-5 * 16))
    #expect(unseen.verdict == (missed == 0 ? .ok : .fail))
  }

  /// Importance weights of draws from all that is right of every barrier: log ρ - log (ρ / Z 0.844^16).
  @Test("say by how much reweighted log Z is too small")
  func reweighted() throws {
    let named = try NamedDensity("many-well")
    let truth = try #require((named.density as? any NormalizedDensity)?.logNormalizer)
    let weights = [Double](repeating: truth + 16 * scalarLog(0.844307), count: 100)
    let estimate = logNormalizer(weights, truth: truth)
    expect(truth - estimate.value, equals: 2.708, within: .absolute(1e-3))
    #expect(estimate.verdict == .fail)
  }
}
