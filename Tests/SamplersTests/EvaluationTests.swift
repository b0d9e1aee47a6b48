import Densities
import Samplers
import Storage
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
}
