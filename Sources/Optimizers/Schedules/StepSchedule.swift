import Kernels
import Storage

/// The numbers of drops at fixed distances.
public struct StepScheduleConfig: Codable, Sendable, Equatable {
  /// Steps from one drop to the next.
  public var dropEvery = 1000
  /// What a drop multiplies the rates by.
  public var dropFactor = 0.1
  /// The factor below which the rates do not fall.
  public var rateFloor = FallConfig().rateFloor

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case dropEvery = "drop_every"
    case dropFactor = "drop_factor"
    case rateFloor = "rate_floor"
  }
}

/// A drop every so many steps: γ^⌊t / n⌋, but not below the floor.
///
/// Reference: He, Zhang, Ren and Sun (2016), *Deep residual learning for image recognition*,
/// section 4.2, arXiv:1512.03385
public struct StepSchedule: Schedule {
  /// n, γ and the floor.
  public let config: StepScheduleConfig

  /// Checks the numbers.
  /// - Throws: `ConfigError.invalid`.
  public init(_ config: StepScheduleConfig = StepScheduleConfig()) throws(ConfigError) {
    try ConfigError.require(config.dropEvery >= 1, "drop_every", "it must be at least 1")
    for (part, path) in [(config.dropFactor, "drop_factor"), (config.rateFloor, "rate_floor")] {
      try ConfigError.require((0...1).contains(part), path, "it must be from 0 to 1")
    }
    self.config = config
  }

  /// The formula.
  public func factor(after done: Int, of steps: Int) -> Double {
    max(config.rateFloor, scalarPower(config.dropFactor, done / config.dropEvery))
  }
}
