import Densities
import Storage

/// How points are drawn.
public struct SamplingConfig: Codable, Sendable, Equatable {
  /// Steps of a path; 0 for as many as in training.
  public var steps = 0
  /// Of a conditional density, the conditions that points go with, by turns; empty for those to be
  /// judged on.
  public var conditions: [Int] = []

  /// The defaults.
  public init() {}

  /// Checks every number.
  /// - Throws: `ConfigError`.
  func validate() throws(ConfigError) {
    try ConfigError.require(
      (0...100_000).contains(steps), "steps", "it must be from 0 to 100000")
  }
}

extension Run {
  /// Draws points.
  ///
  /// The same seed gives the same bits, and the first n of more draws are the same.
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
    return try sampler.sample(count, seed: seed, config, poll)
  }
}
