import Catalogs
import Optimizers
import Storage

/// Which flow gives points a density.
public enum LikelihoodFlow: String, Codable, Sendable, CaseIterable {
  /// One that is fitted to draws of the sampler, as published results are.
  case matched
  /// The probability flow of the sampler's own score; for energy matching.
  case own
}

/// Which noise goes with which point while a flow is fitted.
public enum FlowPairing: String, Codable, Sendable, CaseIterable {
  /// Any with any.
  case independent
  /// Those of a batch that are nearest to one another in all: the ways are straighter.
  case transport
}

/// How a flow is fitted to points.
public struct FlowMatchingConfig: Codable, Sendable, Equatable {
  /// Steps of training.
  public var steps = 2000
  /// Pairs of noise and point in a step.
  public var batchSize = 512
  /// Standard deviation of the noise; 0 for that of the points.
  public var noiseDeviation = 0.0
  /// Pairs.
  public var pairing = FlowPairing.independent
  /// The network, whose output is the velocity.
  public var network = ScoreNetworkConfig()
  /// The optimiser.
  public var optimizer = OptimizerConfig()

  /// The defaults.
  public init() {}

  /// Sources.
  public static let references = [
    Reference(
      "Lipman, Chen, Ben-Hamu, Nickel, Le", 2023, "Flow matching for generative modeling",
      "arXiv:2210.02747, eq. 23"),
    Reference(
      "Tong, Fatras, Malkin, et al.", 2024,
      "Improving and generalizing flow-based generative models with minibatch optimal transport",
      "arXiv:2302.00482, section 3.2"),
  ]

  enum CodingKeys: String, CodingKey {
    case steps, pairing, network, optimizer
    case batchSize = "batch_size"
    case noiseDeviation = "noise_deviation"
  }

  func validate() throws(ConfigError) {
    try ConfigError.require((1...10_000_000).contains(steps), "steps", "it must be positive")
    try ConfigError.require(
      (1...5000).contains(batchSize), "batch_size", "it must be from 1 to 5000")
    try ConfigError.require(
      noiseDeviation >= 0 && noiseDeviation.isFinite, "noise_deviation", "it must not be negative")
    try ConfigError.require(
      (1...10_000).contains(network.width), "network.width", "it must be positive")
    try ConfigError.require(
      (1...1000).contains(network.layers), "network.layers", "it must be positive")
    do { try network.validateDistances() } catch { throw error.under("network") }
  }
}

/// How likely points are under a sampler.
public struct LikelihoodConfig: Codable, Sendable, Equatable {
  /// Which flow.
  public var flow = LikelihoodFlow.matched
  /// Draws of the sampler that a flow is fitted to.
  public var draws = 10_000
  /// Points to judge: exact samples, where none are given, and draws of the flow.
  public var samples = 1000
  /// The divergence.
  public var divergence = FlowDivergence.exact
  /// What a step of the integration may get wrong, relative and absolute.
  public var tolerance = 1e-5
  /// The most steps of an integration.
  public var maximumSteps = 1000
  /// How a flow is fitted.
  public var matching = FlowMatchingConfig()
  /// Decides every random number.
  public var seed: UInt64 = 1

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case flow, draws, samples, divergence, tolerance, matching, seed
    case maximumSteps = "maximum_steps"
  }

  func validate() throws(ConfigError) {
    try ConfigError.require(
      (2...10_000_000).contains(draws), "draws", "it must be from 2 to 10000000")
    try ConfigError.require(
      (2...10_000_000).contains(samples), "samples", "it must be from 2 to 10000000")
    try ConfigError.require(
      tolerance >= 1e-7 && tolerance < 1, "tolerance", "it must be from 1e-7 to 1")
    try ConfigError.require(
      (1...1_000_000).contains(maximumSteps), "maximum_steps", "it must be positive")
    do { try matching.validate() } catch { throw error.under("matching") }
  }
}
