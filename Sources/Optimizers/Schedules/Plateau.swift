import Storage

/// The numbers of drops where progress ends.
public struct PlateauConfig: Codable, Sendable, Equatable {
  /// Losses averaged into one figure; a single one is mostly noise.
  public var plateauWindow = 100
  /// Figures without progress before a drop.
  public var plateauPatience = 10
  /// The part of the best figure's magnitude by which it must be undercut to count as progress.
  public var plateauThreshold = 1e-4
  /// What a drop multiplies the rates by.
  public var dropFactor = StepScheduleConfig().dropFactor
  /// The factor below which the rates do not fall.
  public var rateFloor = FallConfig().rateFloor

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case plateauWindow = "plateau_window"
    case plateauPatience = "plateau_patience"
    case plateauThreshold = "plateau_threshold"
    case dropFactor = "drop_factor"
    case rateFloor = "rate_floor"
  }
}

/// A drop after a number of figures, in a row, that were no progress on the best.
///
/// As PyTorch's `ReduceLROnPlateau` without cool-down, except that a figure is a mean of losses and
/// that the threshold is a part of the best figure's magnitude: losses may be negative.
///
/// Reference: He, Zhang, Ren and Sun (2016), *Deep residual learning for image recognition*,
/// section 3.4, arXiv:1512.03385
public struct Plateau: Schedule {
  /// Window, patience and threshold.
  public let config: PlateauConfig
  private var factor = 1.0
  private var best = Double.greatestFiniteMagnitude
  /// Figures without progress since the last one with it, or the last drop.
  private var failures = 0.0
  private var (sum, losses) = (0.0, 0.0)

  /// Checks the numbers.
  /// - Throws: `ConfigError.invalid`.
  public init(_ config: PlateauConfig = PlateauConfig()) throws(ConfigError) {
    try ConfigError.require(config.plateauWindow >= 1, "plateau_window", "it must be at least 1")
    try ConfigError.require(
      config.plateauPatience >= 0, "plateau_patience", "it must not be negative")
    for (part, path) in [
      (config.plateauThreshold, "plateau_threshold"), (config.dropFactor, "drop_factor"),
      (config.rateFloor, "rate_floor"),
    ] {
      try ConfigError.require((0...1).contains(part), path, "it must be from 0 to 1")
    }
    self.config = config
  }

  /// The product of the drops so far.
  public func factor(after done: Int, of steps: Int) -> Double { factor }

  /// Adds to the present figure, and judges it when it is complete.
  public mutating func observe(_ loss: Double, after done: Int) {
    (sum, losses) = (sum + loss, losses + 1)
    guard losses == Double(config.plateauWindow) else { return }
    judge(sum / losses)
    (sum, losses) = (0, 0)
  }

  /// Factor, best figure, failures, and the present window's sum and count.
  public var state: [Double] {
    get { [factor, best, failures, sum, losses] }
    set {
      precondition(newValue.count == 5, "a plateau's state is five numbers")
      (factor, best, failures) = (newValue[0], newValue[1], newValue[2])
      (sum, losses) = (newValue[3], newValue[4])
    }
  }

  private mutating func judge(_ figure: Double) {
    if figure < best - config.plateauThreshold * best.magnitude {
      (best, failures) = (figure, 0)
    } else {
      failures += 1
    }
    guard failures > Double(config.plateauPatience) else { return }
    (factor, failures) = (max(config.rateFloor, factor * config.dropFactor), 0)
  }
}
