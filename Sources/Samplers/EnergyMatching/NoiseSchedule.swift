import Kernels
import Storage

/// How the standard deviation of noise grows with noising time.
public enum NoiseGrowth: String, Codable, Sendable, CaseIterable {
  /// σ_min (σ_max / σ_min)^t.
  case geometric
  /// σ_max √t.
  case linear
}

/// How much noise there is at noising time t, 0 for none and 1 for all of it.
public struct NoiseSchedule: Codable, Sendable, Equatable {
  /// How it grows.
  public var growth = NoiseGrowth.geometric
  /// σ_min, the deviation at which geometric growth begins.
  public var smallest = 0.01
  /// σ_max.
  public var largest = 2.0

  /// The defaults.
  public init() {}

  /// h(t), the variance added by time t; h(0) = 0.
  ///
  /// Geometric: σ_min² ((σ_max / σ_min)^(2t) - 1); linear: σ_max² t.
  public func variance(at t: Double) -> Double {
    switch growth {
    case .geometric:
      let rate = 2 * scalarLog(largest / smallest)
      return smallest * smallest * (scalarExp(rate * t) - 1)
    case .linear: return largest * largest * t
    }
  }

  /// h′(t), the variance added a unit of time.
  func growthRate(at t: Double) -> Double {
    switch growth {
    case .geometric:
      let rate = 2 * scalarLog(largest / smallest)
      return smallest * smallest * rate * scalarExp(rate * t)
    case .linear: return largest * largest
    }
  }

  /// Checks the numbers.
  /// - Throws: `ConfigError` with the key.
  func validate() throws(ConfigError) {
    try ConfigError.requirePositive(smallest, "smallest")
    try ConfigError.require(
      largest > smallest && largest.isFinite, "largest", "it must be more than the smallest")
  }
}
