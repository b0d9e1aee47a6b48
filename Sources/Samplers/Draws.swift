import Chains
import Storage

/// Independent points drawn by a trained sampler.
public struct Draws: Sendable {
  /// The points, [count, dimension].
  public let x: [Float]
  /// log ρ(x) + Σ log P_B - Σ log P_F of each point's path, [count], nats.
  public let logWeights: [Double]
  /// log ρ(x), [count], nats.
  public let logDensity: [Double]
  /// The condition that each point goes with, [count]; empty for a density without.
  public let conditions: [Int]
  /// Number of points.
  public let count: Int
  /// D.
  public let dimension: Int
  /// Density evaluations spent.
  public let energyCalls: Int
  /// Score evaluations spent.
  public let gradientCalls: Int

  /// 16 hexadecimal digits over points and log-weights.
  public var checksum: String {
    var checksum = Checksum()
    x.withUnsafeBytes { checksum.update(bytes: $0) }
    logWeights.withUnsafeBytes { checksum.update(bytes: $0) }
    return checksum.hexadecimal
  }

  /// Whether log-weights and log ρ are known: not where the density is absent.
  public var isWeighted: Bool { !(logWeights.first?.isNaN ?? false) }

  /// The same points, of which nothing else is known.
  var withoutWeights: Draws {
    let unknown = [Double](repeating: .nan, count: count)
    return Draws(
      x: x, logWeights: unknown, logDensity: unknown, conditions: conditions, count: count,
      dimension: dimension, energyCalls: 0, gradientCalls: 0)
  }

  /// Writes the points as a NumPy array file.
  public func writePoints(to path: String) throws {
    try StoredArray(x, shape: [count, dimension]).writeNPY(to: path)
  }
}

extension Draws {
  /// The points of chains, all of the same weight.
  public init(_ chains: ChainDraws) {
    self.init(
      x: chains.x, logWeights: [Double](repeating: 0, count: chains.logDensity.count),
      logDensity: chains.logDensity, conditions: [], count: chains.logDensity.count,
      dimension: chains.dimension, energyCalls: chains.energyCalls,
      gradientCalls: chains.gradientCalls)
  }
}
