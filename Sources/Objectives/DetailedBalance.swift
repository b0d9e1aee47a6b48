import Catalogs

/// Detailed balance with state flows.
///
///     L = mean over paths of ½ Σ_i (log F(x_i) + log P_F(x_{i+1} | x_i) - log F(x_{i+1}) - log P_B(x_i | x_{i+1}))²
///
/// with log F(x_T) = log ρ(x_T). Zero exactly when F P_F = F′ P_B on every step.
public struct DetailedBalance: PathObjective {
  /// Sources.
  public static let references = [
    Reference(
      "Bengio, Lahlou, Deleu, Hu, Tiwari, Bengio", 2023, "GFlowNet foundations",
      "arXiv:2111.09266, section 3.2")
  ]

  /// The objective has no settings.
  public init() {}

  /// True.
  public var seesPathsAlone: Bool { true }

  /// State flows.
  public var unknown: PathUnknown { .flow }

  /// The mean over paths of half the squared residuals, and its gradient.
  public func evaluate(
    _ record: PathRecord, logZ: Double, adjoints: inout PathAdjoints
  ) -> Double {
    let share = record.share
    var loss = 0.0
    for path in 0..<record.paths where record.counts[path] {
      for step in 0..<record.steps {
        let i = step * record.paths + path
        let residual =
          record.logFlow(step, of: path) - record.logFlow(step + 1, of: path)
          + record.logForward[i] - record.logBackward[i]
        loss += 0.5 * share * residual * residual
        adjoints.logForward[i] = share * residual
        adjoints.logBackward[i] = -share * residual
        adjoints.logFlow[i] += share * residual
        if step + 1 < record.steps { adjoints.logFlow[i + record.paths] -= share * residual }
      }
    }
    return loss
  }
}
