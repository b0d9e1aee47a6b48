import Storage

/// The number of the inverse square root.
public struct InverseSquareRootConfig: Codable, Sendable, Equatable {
  /// Steps c until the rates have fallen by √½.
  public var timescale = 1000.0

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey { case timescale }
}

/// √(c / (c + t)) after t steps: needs no number of steps in advance.
///
/// After w steps of warm-up and with c = w + 1 it is the Transformer's schedule with a warm-up of
/// w + 1 steps, relative to its peak: min(n / c, √(c / n)) for the n-th step.
///
/// Reference: Vaswani, Shazeer, Parmar, et al. (2017), *Attention is all you need*, eq. (3),
/// arXiv:1706.03762
public struct InverseSquareRoot: Schedule {
  /// c.
  public let config: InverseSquareRootConfig

  /// Checks the number.
  /// - Throws: `ConfigError.invalid`.
  public init(
    _ config: InverseSquareRootConfig = InverseSquareRootConfig()
  ) throws(ConfigError) {
    try ConfigError.requirePositive(config.timescale, "timescale")
    self.config = config
  }

  /// The formula.
  public func factor(after done: Int, of steps: Int) -> Double {
    (config.timescale / (config.timescale + Double(done))).squareRoot()
  }
}
