import Kernels
import Metrics
import Storage

/// Points drawn from a density without training.
public struct ChainDraws: Sendable {
  /// What they were drawn with: every setting.
  public let config: JSONValue
  /// The points, [C, N, D].
  public let x: [Float]
  /// log ρ there, [C, N], nats.
  public let logDensity: [Double]
  /// C.
  public let chains: Int
  /// D.
  public let dimension: Int
  /// Points at which log ρ was evaluated, with or without its score.
  public let energyCalls: Int
  /// Points at which the score was evaluated.
  public let gradientCalls: Int
  /// Those of the former before the first draw.
  public let warmUpEnergyCalls: Int
  /// What happened in the steps after warm-up.
  public let info: ChainInfo
  /// The step sizes at the end, one a replica.
  public let stepSizes: [Double]
  /// 1/β of each replica, or of each stage of ais and smc.
  public let temperatures: [Double]
  /// The accepted part of the swaps of each replica with the next.
  public let swapAcceptance: [Double]
  /// What the method knows beyond its points: of ais and smc, log Z.
  public let figures: [Metric]

  /// Collects draws and what is known of them; what a method does not have is left out.
  public init(
    config: JSONValue, x: [Float], logDensity: [Double], chains: Int, dimension: Int,
    energyCalls: Int, gradientCalls: Int, warmUpEnergyCalls: Int = 0, info: ChainInfo,
    stepSizes: [Double] = [], temperatures: [Double] = [], swapAcceptance: [Double] = [],
    figures: [Metric]
  ) {
    (self.config, self.x, self.logDensity) = (config, x, logDensity)
    (self.chains, self.dimension) = (chains, dimension)
    (self.energyCalls, self.gradientCalls) = (energyCalls, gradientCalls)
    (self.warmUpEnergyCalls, self.info) = (warmUpEnergyCalls, info)
    (self.stepSizes, self.temperatures) = (stepSizes, temperatures)
    (self.swapAcceptance, self.figures) = (swapAcceptance, figures)
  }

  /// N.
  public var draws: Int { logDensity.count / chains }

  /// 16 hexadecimal digits over points and their log-densities.
  public var checksum: String {
    var checksum = Checksum()
    x.withUnsafeBytes { checksum.update(bytes: $0) }
    logDensity.withUnsafeBytes { checksum.update(bytes: $0) }
    return checksum.hexadecimal
  }

  /// Writes the points as a NumPy array file, [C, N, D].
  public func writePoints(to path: String) throws {
    try StoredArray(x, shape: [chains, draws, dimension]).writeNPY(to: path)
  }

  /// What the points tell about how far the chains have mixed.
  public func diagnostics(pool: ThreadPool = .shared) -> ChainDiagnostics {
    ChainDiagnostics(x, chains: chains, dimension: dimension, pool: pool)
  }

  /// The figures of the points, and what else the method knows.
  public func metrics(_ diagnostics: ChainDiagnostics) -> [Metric] { diagnostics.metrics + figures }

  /// Everything but the points, for reports.
  public func report(_ diagnostics: ChainDiagnostics) throws -> JSONValue {
    let encoder = ConfigEncoder()
    func list(_ numbers: [Double]) -> JSONValue { .array(numbers.map { JSONValue($0) }) }
    return [
      "config": config, "chains": .integer(Int64(chains)), "draws": .integer(Int64(draws)),
      "dimension": .integer(Int64(dimension)), "checksum": .string(checksum),
      "energy_calls": .integer(Int64(energyCalls)),
      "gradient_calls": .integer(Int64(gradientCalls)),
      "warm_up_energy_calls": .integer(Int64(warmUpEnergyCalls)),
      "acceptance": JSONValue(info.acceptance), "outside": .integer(Int64(info.outside)),
      "invalid": .integer(Int64(info.invalid)),
      "step_sizes": list(stepSizes), "temperatures": list(temperatures),
      "swap_acceptance": list(swapAcceptance), "mean": list(diagnostics.mean),
      "standard_deviation": list(diagnostics.standardDeviation),
      "standard_error": list(diagnostics.standardError), "r_hat": list(diagnostics.rHat),
      "bulk_ess": list(diagnostics.bulkSize), "tail_ess": list(diagnostics.tailSize),
      "metrics": .array(try metrics(diagnostics).map { try encoder.encode($0) }),
    ]
  }
}
