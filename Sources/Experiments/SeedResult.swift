import Metrics
import Samplers
import Storage

/// What became of one seed of an experiment.
public struct SeedResult: Codable, Sendable, Equatable {
  /// The seed.
  public let seed: UInt64
  /// The settings it was run with.
  public let settings: JSONValue
  /// The figures.
  public let evaluation: Evaluation
  /// The objective's own log Z at the end of training.
  public let logZ: Double?
  /// Number of parameters.
  public let parameterCount: Int
  /// Density evaluations in training.
  public let energyCalls: Int
  /// Score evaluations in training.
  public let gradientCalls: Int
  /// Time of training, all sittings together.
  public let trainingSeconds: Double
  /// Time of the evaluation.
  public let evaluationSeconds: Double
  /// Threads that worked on it last.
  public let threads: Int

  enum CodingKeys: String, CodingKey {
    case seed, settings, evaluation, threads
    case logZ = "log_z"
    case parameterCount = "parameter_count"
    case energyCalls = "energy_calls"
    case gradientCalls = "gradient_calls"
    case trainingSeconds = "training_seconds"
    case evaluationSeconds = "evaluation_seconds"
  }
}

/// A figure of one seed, or the mean over seeds.
public struct ReproducedFigure: Codable, Sendable, Equatable {
  /// The value.
  public let value: Double
  /// Lower end of the 95% interval; equals the value where none is known.
  public let low: Double
  /// Upper end of the 95% interval.
  public let high: Double
  /// What exact samples would score, where known.
  public let floor: Double?
  /// The exact value, where known.
  public let truth: Double?

  init(
    _ value: Double, low: Double? = nil, high: Double? = nil, floor: Double? = nil,
    truth: Double? = nil
  ) {
    (self.value, self.floor, self.truth) = (value, floor, truth)
    self.low = low ?? value
    self.high = high ?? value
  }

  init(_ metric: Metric) {
    self.init(
      metric.value, low: metric.low, high: metric.high, floor: metric.floor, truth: metric.truth)
  }

  /// The distance of a metric from its truth; the interval ends at 0 where it holds the truth.
  init?(errorOf metric: Metric) {
    guard let truth = metric.truth else { return nil }
    let ends = [(metric.low - truth).magnitude, (metric.high - truth).magnitude]
    let holdsTruth = metric.low <= truth && truth <= metric.high && metric.low < metric.high
    self.init(
      (metric.value - truth).magnitude, low: holdsTruth ? 0 : min(ends[0], ends[1]),
      high: max(ends[0], ends[1]))
  }

  /// The difference of two independent metrics.
  init(_ first: Metric, minus second: Metric) {
    let value = first.value - second.value
    let half = [first, second].map { ($0.high - $0.low) / 2 }
    let width = (half[0] * half[0] + half[1] * half[1]).squareRoot()
    self.init(value, low: value - width, high: value + width)
  }
}

extension SeedResult: FigureSource {
  /// The metric of a name.
  public func metric(_ name: String) -> Metric? { evaluation[name] }
}
