import Metrics
import Storage

/// What became of a cell: one line of a suite's results.
public struct SuiteRow: Codable, Sendable, Equatable {
  /// That of the cell.
  public let key: String
  /// What tables call the density.
  public let density: String
  /// What tables call the method.
  public let method: String
  /// What the method is.
  public let kind: SuiteMethodKind
  /// The seed.
  public let seed: UInt64
  /// Density evaluations that were allowed.
  public let budget: Int
  /// Density evaluations spent to get there: on training, or on all steps of chains.
  public let energyCalls: Int
  /// Score evaluations spent to get there.
  public let gradientCalls: Int
  /// The figures; empty where it failed.
  public let metrics: [Metric]
  /// Why there are no figures; empty where there are.
  public let failure: String
  /// Of the draws.
  public let checksum: String
  /// Seconds of training or of steps.
  public let seconds: Double
  /// The most memory that the process held, in bytes; 0 where nobody looked.
  public var peakMemory = 0
  /// Command, date, machine.
  public var provenance = JSONValue.null

  /// Collects what is known of a cell.
  public init(
    key: String, density: String, method: String, kind: SuiteMethodKind, seed: UInt64, budget: Int,
    energyCalls: Int, gradientCalls: Int, metrics: [Metric], failure: String, checksum: String,
    seconds: Double
  ) {
    (self.key, self.density, self.method, self.kind) = (key, density, method, kind)
    (self.seed, self.budget) = (seed, budget)
    (self.energyCalls, self.gradientCalls) = (energyCalls, gradientCalls)
    (self.metrics, self.failure, self.checksum) = (metrics, failure, checksum)
    self.seconds = seconds
  }

  enum CodingKeys: String, CodingKey {
    case key, density, method, kind, seed, budget, metrics, failure, checksum, seconds, provenance
    case energyCalls = "energy_calls"
    case gradientCalls = "gradient_calls"
    case peakMemory = "peak_memory"
  }

  /// The figure of a name.
  public subscript(name: String) -> Metric? { metrics.first { $0.name == name } }
}
