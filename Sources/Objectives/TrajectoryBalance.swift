import Catalogs

/// Trajectory balance.
///
///     L = mean over paths of ½ (log Z + Σ log P_F - Σ log P_B - log ρ(x_T))²
///
/// Where there are conditions, each has a log Z of its own. With a hinge h a path whose squared residual is at
/// most h counts nothing, and any other by what it exceeds h. Zero exactly when paths drawn forwards end in ρ/Z, whatever paths it is asked about.
public struct TrajectoryBalance: HingedObjective {
  /// Sources.
  public static let references = [
    Reference(
      "Malkin, Jain, Bengio, Sun, Bengio", 2022,
      "Trajectory balance: improved credit assignment in GFlowNets", "arXiv:2201.13259, eq. 14"),
    Reference(
      "Sendera, Kim, Mittal, et al.", 2024, "Improved off-policy training of diffusion samplers",
      "arXiv:2402.05098, eq. 8"),
  ]

  private let hinge: Double

  /// The objective without a hinge.
  public init() { hinge = 0 }

  /// The objective with a hinge.
  public init(hinge: Double) { self.hinge = hinge }

  /// The same with a hinge.
  public func hinged(at hinge: Double) -> any PathObjective { TrajectoryBalance(hinge: hinge) }

  /// True.
  public var seesPathsAlone: Bool { true }

  /// log Z.
  public var unknown: PathUnknown { .logZ }

  /// The mean of half the squared residuals, and its gradient.
  public func evaluate(
    _ record: PathRecord, logZ: Double, adjoints: inout PathAdjoints
  ) -> Double {
    let share = record.share
    var loss = 0.0
    for path in 0..<record.paths where record.counts[path] {
      let isConditional = !record.logZOffset.isEmpty
      let offset = isConditional ? record.logZOffset[path] : 0
      let residual = logZ + offset + record.logRatio(of: path)
      guard residual * residual > hinge || hinge == 0 else { continue }
      loss += 0.5 * share * residual * residual - 0.5 * share * hinge
      adjoints.logZ += share * residual
      if isConditional { adjoints.logZOffset[path] = share * residual }
      for i in 0..<record.steps {
        adjoints.logForward[i * record.paths + path] = share * residual
        adjoints.logBackward[i * record.paths + path] = -share * residual
      }
    }
    return loss
  }
}
