import Catalogs

/// The log-variance objective, also called VarGrad.
///
///     w = log ρ(x_T) + Σ log P_B - Σ log P_F,   L = ½ mean over paths of (mean w - w)²
///
/// Trajectory balance with the batch's own mean log-weight for log Z. That mean is no constant to the
/// gradient, but its part of the gradient is a sum of zero.
public struct LogVariance: PathObjective {
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

  /// The objective has no settings.
  public init() {}

  /// Half the variance of the log-weights, and its gradient.
  public func evaluate(
    _ record: PathRecord, logZ: Double, adjoints: inout PathAdjoints
  ) -> Double {
    let share = record.share
    let mean = self.logZ(record, learned: logZ)
    var loss = 0.0
    for path in 0..<record.paths where record.counts[path] {
      let residual = mean + record.logRatio(of: path)
      loss += 0.5 * share * residual * residual
      for i in 0..<record.steps {
        adjoints.logForward[i * record.paths + path] = share * residual
        adjoints.logBackward[i * record.paths + path] = -share * residual
      }
    }
    return loss
  }
}
