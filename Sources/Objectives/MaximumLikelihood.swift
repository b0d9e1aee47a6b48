import Catalogs

/// The likelihood of paths that end in given points.
///
///     L = -mean over paths of Σ log P_F
///
/// With paths drawn backwards from samples of the density its expectation is the cross entropy of the
/// model's paths to them, KL(ρ P_B / Z ‖ P_F) up to a constant: what trains a denoising diffusion model.
/// Of paths that come from elsewhere it says nothing.
public struct MaximumLikelihood: PathObjective {
  /// Sources.
  public static let references = [
    Reference(
      "Ho, Jain, Abbeel", 2020, "Denoising diffusion probabilistic models",
      "arXiv:2006.11239, eq. 3"),
    Reference(
      "Sendera, Kim, Mittal, et al.", 2024, "Improved off-policy training of diffusion samplers",
      "arXiv:2402.05098, section 4.2"),
  ]

  /// The objective has no settings.
  public init() {}

  /// True.
  public var seesPathsAlone: Bool { true }

  /// True.
  public var needsGivenEnds: Bool { true }

  /// Minus the mean log-likelihood, and its gradient.
  public func evaluate(
    _ record: PathRecord, logZ: Double, adjoints: inout PathAdjoints
  ) -> Double {
    let share = record.share
    var loss = 0.0
    for path in 0..<record.paths where record.counts[path] {
      for i in 0..<record.steps {
        loss -= share * record.logForward[i * record.paths + path]
        adjoints.logForward[i * record.paths + path] = -share
      }
    }
    return loss
  }
}
