// Tightrope inside a Swift program: train a sampler on a density of your own, judge it, draw from it.
import Densities
import Samplers
import Training

/// Says how training goes; an error thrown in `poll` would stop it.
final class Listener: TrainingListener {
  func receive(_ event: TrainingEvent) {
    if case .step(let report) = event { print("step \(report.step): ELBO \(report.elbo)") }
  }

  func poll() {}
}

let run = try Run(
  NamedDensity(custom: Parabola()),
  overrides: ["steps": 400, "batch_size": 100, "report_every": 100, "seed": 0])
try run.train(Listener())

for metric in try run.evaluate(overrides: ["samples": 2000]).metrics {
  print("\(metric.name): \(metric.value), \(metric.low) to \(metric.high): \(metric.verdict)")
}

let draws = try run.sample(1000, seed: 1)
print("\(draws.count) draws, checksum \(draws.checksum)")

do {
  _ = try Run(NamedDensity(custom: Parabola()), overrides: ["stepz": 400])
} catch {
  print("a bad configuration: \(error)")
}
