import Densities
import Samplers
import Storage
import TestSupport
import Testing

@Suite("An evaluation")
struct EvaluationTests {
  static let small: JSONValue = ["samples": 600, "transport_samples": 100, "floor_repeats": 2]

  @Test("judges a sampler that was hardly trained by all figures, and finds it wanting")
  func untrained() throws {
    let run = try smallRun()
    try run.train()
    let evaluation = try run.evaluate(overrides: Self.small.replacing(["transport_samples": 500]))
    let names = evaluation.metrics.map(\.name)
    #expect(Set(names).count == names.count)
    for name in [
      "elbo", "evidence-gap", "wasserstein-2", "sliced-wasserstein-2", "maximum-mean-discrepancy",
      "energy-wasserstein-2", "modes-found", "mode-entropy",
    ] {
      let figure = try #require(evaluation[name], "\(name)")
      #expect(figure.verdict != .ok, "\(name): \(figure)")
      #expect(!figure.reason.isEmpty)
    }
    for name in [
      "reverse-log-normalizer", "pareto-shape", "effective-sample-share", "virial",
    ] {
      #expect(names.contains(name))
    }
  }

  @Test("gives distances their floor, their interval and the number of points")
  func floors() throws {
    let evaluation = try smallRun().evaluate(overrides: Self.small)
    for name in ["wasserstein-2", "sliced-wasserstein-2", "maximum-mean-discrepancy"] {
      let figure = try #require(evaluation[name])
      #expect(figure.count == 100 && (figure.floor ?? 0) > 0 && figure.low < figure.high)
    }
    #expect(evaluation["energy-wasserstein-2"]?.count == 300)
    #expect(evaluation["virial"]?.truth == 2)
  }

  @Test("is the same for any number of threads")
  func threads() throws {
    let figures = try [1, 3].map {
      try smallRun(threads: $0).evaluate(overrides: Self.small).metrics
    }
    #expect(figures[0] == figures[1])
  }

  @Test("asks no score of a density without one, nor exact samples")
  func functions() throws {
    let density = NamedDensity(custom: normalFunction(dimension: 2, mean: 0))
    let evaluation = try smallRun(density).evaluate(overrides: Self.small)
    #expect(evaluation["virial"] == nil && evaluation["wasserstein-2"] == nil)
    #expect(evaluation["pareto-shape"] != nil)
  }

  @Test("compares systems of particles with a file's, whatever their place, orientation and order")
  func particles() throws {
    let run = try smallRun(NamedDensity("dw4"))
    let draws = try run.sample(400, seed: 5).x
    func figures(_ reference: [Float]) throws -> Evaluation {
      let folder = try ScratchFolder()
      let file = folder("reference.npy")
      try StoredArray(reference, shape: [400, 8]).writeNPY(to: file)
      return try run.evaluate(overrides: Self.small.replacing(["exact_samples": .string(file)]))
    }
    let own = try figures(draws)
    // Particles in another order, the plane turned by a quarter and moved.
    var moved: [Float] = []
    for first in stride(from: 0, to: draws.count, by: 8) {
      for particle in (0..<4).reversed() {
        let place = first + 2 * particle
        moved += [draws[place + 1] + 3, 1 - draws[place]]
      }
    }
    let other = try figures(moved)
    let wide = try figures(draws.map { 3 * $0 })
    for name in ["aligned-wasserstein-2", "distance-variation"] {
      #expect(own[name]?.verdict == .ok && (own[name]?.floor ?? 0) > 0)
      #expect(abs((other[name]?.value ?? 0) - (own[name]?.value ?? 1)) < 1e-3)
      #expect(wide[name]?.verdict == .fail)
    }
    #expect(other["wasserstein-2"]?.verdict != .ok)
  }
}
