import Kernels
import Storage

/// The numbers of a fall at the end.
public struct FallConfig: Codable, Sendable, Equatable {
  /// The last part of all steps over which the rates fall; 1 for all of them, 0 for none.
  public var decayFraction = 0.2
  /// The factor at the end.
  public var rateFloor = 0.0

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case decayFraction = "decay_fraction"
    case rateFloor = "rate_floor"
  }
}

/// The full rates, and a fall to the floor over the last steps.
///
/// ```text
/// f + (1 - f) shape(r),   r = (T - t) / (fraction T), at most 1
/// shape(r) = r   or   (1 - cos πr) / 2
/// ```
///
/// Reference: Loshchilov and Hutter (2017), *SGDR*, eq. (5) for the cosine, arXiv:1608.03983
public struct FinalFall: Schedule {
  /// The way down.
  public enum Shape: Sendable {
    /// A straight line.
    case linear
    /// Half a period of the cosine: flat at both ends.
    case cosine
  }

  /// Where it begins and ends.
  public let config: FallConfig
  /// The way down.
  public let shape: Shape

  /// Checks the numbers.
  /// - Throws: `ConfigError.invalid`.
  public init(_ config: FallConfig, _ shape: Shape) throws(ConfigError) {
    for (part, path) in [
      (config.decayFraction, "decay_fraction"), (config.rateFloor, "rate_floor"),
    ] {
      try ConfigError.require((0...1).contains(part), path, "it must be from 0 to 1")
    }
    self.config = config
    self.shape = shape
  }

  /// The formula.
  public func factor(after done: Int, of steps: Int) -> Double {
    let length = config.decayFraction * Double(steps)
    guard length > 0 else { return 1 }
    let left = min(1, max(0, Double(steps - done) / length))
    let height = shape == .linear ? left : (1 - scalarCosPi(left)) / 2
    return config.rateFloor + (1 - config.rateFloor) * height
  }
}
