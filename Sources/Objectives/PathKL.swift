import Catalogs

/// The divergence of the model's paths from those of the density, by gradients through the simulation.
///
///     L = mean over paths of Σ log P_F - Σ log P_B - log ρ(x_T)
///
/// Its expectation is KL(P_F ‖ ρ P_B / Z) - log Z: minus the ELBO. Only its gradient needs the paths
/// to depend on the parameters: the noise is held fixed and everything else follows it, through all
/// steps, into the density's score at x_T. So paths are drawn without exploration, and a density must
/// have a score. The score in the drift's Langevin term is a constant to the gradient, as published.
///
/// The published loss is this one divided by the dimension; this one is in nats, and Adam does not see
/// the difference.
public struct PathKL: PathObjective {
  /// Sources.
  public static let references = [
    Reference(
      "Zhang, Chen", 2022, "Path Integral Sampler: a stochastic control approach for sampling",
      "arXiv:2111.15141, eq. 8")
  ]

  /// The objective has no settings.
  public init() {}

  /// True.
  public var seesPathsAlone: Bool { true }

  /// True.
  public var isPathwise: Bool { true }

  /// The mean log-ratio, and its gradient.
  public func evaluate(
    _ record: PathRecord, logZ: Double, adjoints: inout PathAdjoints
  ) -> Double {
    let share = record.share
    var loss = 0.0
    for path in 0..<record.paths where record.counts[path] {
      loss += share * record.logRatio(of: path)
      adjoints.logDensity[path] = -share
      for i in 0..<record.steps {
        adjoints.logForward[i * record.paths + path] = share
        adjoints.logBackward[i * record.paths + path] = -share
      }
    }
    return loss
  }
}
