/// A density of the tables, with the numbers that go with it.
struct BenchmarkDensity: Sendable {
  /// The name in names of experiments.
  let name: String
  /// The name in the catalogue.
  let density: String
  /// What readers call it.
  let label: String
  /// σ² of the process.
  let variance: Double
  /// Width of the published networks.
  var width = 64
  /// σ², width and gate in the preset `laptop`, where they are not its defaults.
  ///
  /// The funnel's ends are out of reach of a process of variance 1, and of narrow networks; its first coordinate
  /// decides the scale of all others, which drifts without a gate follow poorly. Codes of images lie
  /// about the standard normal, whose variance is a better beginning than the published 5.
  var laptopVariance: Double?
  var laptopWidth: Int?
  var laptopGate: Double?
  /// Whether the preset `laptop` learns what a local search found by likelihood, all points alike.
  ///
  /// Of MNIST's codes, log-variance learned less from found points, every other step, than from half as many steps
  /// without a search. Likelihood takes points as the chains left them, not the highest first.
  var learnsFoundByLikelihood = false
  /// Where the step size of Langevin chains begins.
  var stepSize = 0.001
  /// Points that replay buffers keep: as published, unless memory forbids.
  var capacity = 600_000
  /// Replicas that parallel tempering needs; 0 where nothing calls for it.
  var temperatures = 0
  /// Exploration in the preset `laptop`: half a step's standard deviation, or as published where that is
  /// not much more than a step's; of codes a tenth of a step's, as their learned variances become small.
  var exploration = 0.2
  /// Learning rate of the networks in the preset `laptop`.
  var rate = 2e-3
  /// The norm that gradients are shortened to in that preset; 0 for none.
  ///
  /// Scores in the funnel's neck are so large that a few paths can undo all learning.
  var clipNorm = 0.0
  /// Learning rate of log Z in the preset `laptop`: it must come from 0 to log Z in time.
  var logZRate = 0.1
  /// Paths in each step of the preset `laptop`.
  var laptopBatch = 300
  /// What a step of that preset takes on two processors, in milliseconds.
  let stepTime: Double
  /// What evaluating the density and its score at all states adds to a step, in milliseconds.
  var stateTime = 0.0
  /// Draws that the figures of the presets `laptop` and `paper` rest on.
  var samples = 10_000

  static let all = [
    BenchmarkDensity(
      name: "25gmm", density: "25gmm", label: "25 Gaussians", variance: 5, stepTime: 11,
      stateTime: 1),
    BenchmarkDensity(
      name: "funnel", density: "funnel", label: "Neal's funnel", variance: 1, laptopVariance: 4,
      laptopWidth: 128, laptopGate: 100, rate: 1e-3, clipNorm: 10, stepTime: 90, stateTime: 1),
    BenchmarkDensity(
      name: "many-well-32", density: "many-well", label: "Many-well in 32 dimensions", variance: 1,
      stepSize: 0.1, temperatures: 8, exploration: 0.05, logZRate: 0.2, stepTime: 20, stateTime: 1),
    BenchmarkDensity(
      name: "many-well-64", density: "many-well-64", label: "Many-well in 64 dimensions",
      variance: 1, width: 256, stepSize: 0.1, temperatures: 12, exploration: 0.05, logZRate: 0.4,
      stepTime: 32,
      stateTime: 2),
    BenchmarkDensity(
      name: "many-well-128", density: "many-well-128", label: "Many-well in 128 dimensions",
      variance: 1, width: 256, stepSize: 0.1, temperatures: 16, exploration: 0.05, logZRate: 0.8,
      stepTime: 60,
      stateTime: 4),
    BenchmarkDensity(
      name: "lgcp", density: "log-gaussian-cox", label: "Log-Gaussian Cox process", variance: 5,
      capacity: 20_000, logZRate: 1, laptopBatch: 60, stepTime: 170, stateTime: 170, samples: 2000),
    BenchmarkDensity(
      name: "vae", density: "vae-posteriors", label: "Codes of images", variance: 5,
      laptopVariance: 1, learnsFoundByLikelihood: true, capacity: 90_000, exploration: 0.01,
      rate: 1e-3, clipNorm: 10, stepTime: 40, stateTime: 40),
  ]
}
