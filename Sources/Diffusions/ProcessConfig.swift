/// The numbers of the process; a setting that the chosen kind does not have must keep its default.
public struct ProcessConfig: Codable, Sendable, Equatable {
  /// Name of the process.
  public var kind = "pinned-brownian"
  /// Number of steps T.
  public var steps = 100
  /// σ²: for a pinned process the variance of its end without a drift, otherwise of its beginning.
  public var variance = 5.0
  /// β at the end of a path, where t is 1, for the variance-preserving processes.
  public var rateStart = VariancePreservingConfig().rateStart
  /// β at the beginning of a path, where t is 0, for the variance-preserving processes.
  public var rateEnd = VariancePreservingConfig().rateEnd
  /// How [0, 1] is cut into steps in training.
  public var grid = TimeGrid.uniform
  /// The largest ratio of two steps of a random or geometric grid.
  public var gridRatio = 10.0
  /// Learn the variance of each step, within exp(± logVarianceRange).
  public var learnedVariance = true
  /// Half-width of the learned change of log σ².
  public var logVarianceRange = 4.0
  /// Learn mean and variance of each backward step, within 1 ± backwardRange times their values.
  public var learnedBackward = false
  /// Half-width of the learned change of backward means and variances.
  public var backwardRange = 0.1

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case kind, steps, variance, grid
    case rateStart = "rate_start"
    case rateEnd = "rate_end"
    case gridRatio = "grid_ratio"
    case learnedVariance = "learned_variance"
    case logVarianceRange = "log_variance_range"
    case learnedBackward = "learned_backward"
    case backwardRange = "backward_range"
  }
}
