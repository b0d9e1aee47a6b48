import Densities
import Kernels
import Objectives
import Storage
import TestSupport
import Testing

@testable import Samplers

@Suite("A sampler with a known answer")
struct KnownAnswerTests {
  /// With density N(0, σ² I) and a network that begins at zero drift, Z P_F = ρ P_B on every path.
  ///
  /// The residual of 9 steps is rounded from 32-bit states and terms of order 10: below 1e-4.
  @Test(
    "balances every path from the start where the density is that of the process",
    arguments: [1, 2, 10], [0.0, 0.7])
  func balanced(_ dimension: Int, _ exploration: Double) throws {
    for variance in [0.3, 5] {
      let density = try NamedDensity(
        "gaussian",
        config: [
          "dimension": .integer(Int64(dimension)),
          "standard_deviation": .number(variance.squareRoot()),
        ])
      let run = try smallRun(
        density,
        [
          "process": ["steps": 9, "variance": .number(variance)],
          "network": ["width": 8, "langevin": "off"],
          "exploration": ["standard_deviation": .number(exploration)],
        ])
      let report = try run.trainer.step(0) {}
      #expect(report.loss < 1e-8 && report.elbo.magnitude < 1e-4)
      let fresh = try smallRun(
        density,
        [
          "process": ["steps": 9, "variance": .number(variance)],
          "network": ["width": 8, "langevin": "off"],
        ])
      let draws = try fresh.sample(200, seed: 1)
      expect(draws.logWeights, equals: draws.logWeights.map { _ in 0 }, within: .absolute(1e-4))
    }
  }

  /// Trained long enough, draws of N(0.5, 1) weigh nearly the same: the ELBO is within 0.05 of
  /// log Z = 0, the weighted log Z within 0.02, and moments within 5 standard errors of 4000 draws
  /// plus 0.1 for what is left to learn.
  @Test("learns a Gaussian", arguments: [1, 2])
  func gaussian(_ dimension: Int) throws {
    let density = try NamedDensity(
      "gaussian", config: ["dimension": .integer(Int64(dimension)), "mean": 0.5])
    let run = try smallRun(
      density,
      [
        "steps": 300, "batch_size": 120, "process": ["steps": 10, "variance": 1.5],
        "network": ["width": 16], "report_every": 100,
        "optimizer": ["learning_rate": 5e-3, "log_z_learning_rate": 0.02],
      ])
    try run.train()
    let evaluation = try run.evaluate(
      overrides: ["samples": 4000, "transport_samples": 100, "floor_repeats": 2])
    let lower = evaluation["elbo"]?.value ?? .nan
    #expect(-0.05 < lower && lower < 0.01)
    #expect((evaluation["log-normalizer"]?.value ?? .nan).magnitude < 0.02)
    #expect((evaluation["effective-sample-share"]?.value ?? 0) > 0.9)
    let x = try run.sample(4000, seed: 2).x.map { Double($0) }
    let mean = x.reduce(0, +) / Double(x.count)
    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
    #expect((mean - 0.5).magnitude < 0.18 && (variance - 1).magnitude < 0.22)
    #expect((run.history.last?.logZ ?? .nan).magnitude < 0.1)
  }

  @Test("learns log Z from values alone")
  func unnormalized() throws {
    let run = try smallRun(
      NamedDensity(custom: normalFunction(dimension: 1, mean: 0.5)),
      [
        "steps": 300, "batch_size": 120, "process": ["steps": 10, "variance": 1.5],
        "network": ["width": 16], "report_every": 100,
        "optimizer": ["learning_rate": 5e-3, "log_z_learning_rate": 0.05],
      ])
    try run.train()
    let truth = 0.5 * scalarLog(2 * .pi)
    let evaluation = try run.evaluate(overrides: ["samples": 4000])
    #expect(((evaluation["log-normalizer"]?.value ?? .nan) - truth).magnitude < 0.02)
    #expect(((run.history.last?.logZ ?? .nan) - truth).magnitude < 0.1)
    #expect(run.gradientCalls == 0 && run.energyCalls == 300 * 120)
  }
}
