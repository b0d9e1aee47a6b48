import Densities
import Storage

/// How points are drawn.
public struct SamplingConfig: Codable, Sendable, Equatable {
  /// Steps of a path; 0 for as many as in training.
  public var steps = 0
  /// Of a conditional density, the conditions that points go with, by turns; empty for those to be
  /// judged on.
  public var conditions: [Int] = []
  /// Of a density that can be asked at others than its own, the conditions that points go with by turns, each by
  /// the numbers that describe it.
  public var features: [[Double]] = []

  /// The defaults.
  public init() {}

  /// Checks every number.
  /// - Throws: `ConfigError`.
  func validate() throws(ConfigError) {
    try ConfigError.require(
      (0...100_000).contains(steps), "steps", "it must be from 0 to 100000")
    try ConfigError.require(
      features.isEmpty || conditions.isEmpty, "features", "conditions are given by numbers too")
  }
}

extension SamplingConfig {
  /// The density at the conditions that are described, where any are.
  /// - Throws: `ConfigError` for a density that has only conditions of its own, or for others' numbers.
  func restated(_ density: any Density) throws(ConfigError) -> any Density {
    guard !features.isEmpty else { return density }
    guard let open = density as? any OpenConditionalDensity else {
      throw .invalid(path: "features", reason: "the density is known at its own conditions only")
    }
    return try open.at(features)
  }
}

extension Run {
  /// Draws points.
  ///
  /// The same seed gives the same bits, and the first n of more draws are the same. Where the density is absent,
  /// log-weights and log ρ are NaN.
  /// - Throws: `ConfigError` for a condition that there is not; `NumericalError` for a density that is
  ///   NaN; what `poll` throws.
  public func sample(
    _ count: Int, seed: UInt64, _ config: SamplingConfig = SamplingConfig(),
    poll: () throws -> Void = {}
  ) throws -> Draws {
    try config.validate()
    if !(density.density is any ConditionalDensity), !config.conditions.isEmpty {
      throw ConfigError.invalid(path: "conditions", reason: "this density has no conditions")
    }
    try ConfigError.require(
      config.features.isEmpty || self.config.method == .denoising, "features",
      "only denoising models are followed at conditions that are described")
    let draws = try sampler.sample(count, seed: seed, config, poll)
    return density.density is AbsentDensity ? draws.withoutWeights : draws
  }
}
