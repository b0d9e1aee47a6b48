import Catalogs
import Storage

/// The settings of the log-variance objective.
public struct LogVarianceConfig: Codable, Sendable, Equatable {
  /// Adjacent paths whose log-weights are compared; 0 for all of a batch, or for those that share a
  /// condition.
  public var groupSize = 0

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case groupSize = "group_size"
  }
}

/// The log-variance objective, also called VarGrad.
///
///     w = log ρ(x_T) + Σ log P_B - Σ log P_F,   L = ½ mean over paths of (mean w - w)²
///
/// Trajectory balance with the batch's own mean log-weight for log Z; where there are conditions, with
/// the mean over the paths of each condition. Paths of a condition must end in different points: were
/// they to share one, its log ρ would cancel. Paths from given ends are compared with the mean of the
/// model's own last batch: were each batch compared with itself only, nothing would keep the two kinds
/// of paths at one constant. That mean is no constant to the
/// gradient, but its part of the gradient is a sum of zero.
public struct LogVariance: HingedObjective {
  /// Sources.
  public static let references = [
    Reference(
      "Richter, Boustati, Nüsken, Ruiz, Akyildiz", 2020,
      "VarGrad: a low-variance gradient estimator for variational inference",
      "arXiv:2010.10436, eq. 8"),
    Reference(
      "Zhang, Chen, Liu, Courville, Bengio", 2023,
      "Robust scheduling with GFlowNets", "arXiv:2302.05446, eq. 7"),
  ]

  private let groupSize: Int
  private var hinge = 0.0

  /// One group for all paths, or for those that share a condition.
  public init() { groupSize = 0 }

  /// The same with a hinge: squared residuals count by what they exceed it, and the mean is a constant to
  /// the gradient.
  public func hinged(at hinge: Double) -> any PathObjective {
    var objective = self
    objective.hinge = hinge
    return objective
  }

  /// - Throws: `ConfigError` for a negative size of groups.
  public init(_ config: LogVarianceConfig) throws(ConfigError) {
    try ConfigError.require(config.groupSize >= 0, "group_size", "it must not be negative")
    groupSize = config.groupSize
  }

  /// Half the variance of the log-weights, and its gradient.
  public func evaluate(
    _ record: PathRecord, logZ: Double, adjoints: inout PathAdjoints
  ) -> Double {
    var loss = 0.0
    let length = groupSize > 0 ? groupSize : record.groupSize > 0 ? record.groupSize : record.paths
    for first in stride(from: 0, to: record.paths, by: max(1, length)) {
      loss += evaluate(record, first..<min(record.paths, first + length), &adjoints)
    }
    return loss
  }

  /// The share of the loss of one group of paths.
  private func evaluate(
    _ record: PathRecord, _ group: Range<Int>, _ adjoints: inout PathAdjoints
  ) -> Double {
    let share = record.share
    let mean = record.center ?? meanLogWeight(record, group)
    var loss = 0.0
    for path in group where record.counts[path] {
      let residual = mean + record.logRatio(of: path)
      guard residual * residual > hinge || hinge == 0 else { continue }
      loss += 0.5 * share * residual * residual - 0.5 * share * hinge
      for i in 0..<record.steps {
        adjoints.logForward[i * record.paths + path] = share * residual
        adjoints.logBackward[i * record.paths + path] = -share * residual
      }
    }
    return loss
  }

  private func meanLogWeight(_ record: PathRecord, _ group: Range<Int>) -> Double {
    let share = 1 / Double(max(1, group.count { record.counts[$0] }))
    return group.reduce(0) { sum, path in
      record.counts[path] ? sum - share * record.logRatio(of: path) : sum
    }
  }
}
