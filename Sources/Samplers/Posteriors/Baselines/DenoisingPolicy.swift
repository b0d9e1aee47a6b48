import Objectives

/// Denoising diffusion policy optimization: every step of a path is an action, its reward that of the end.
///
///     A = whitened log r(x_T),   gradient of -mean A Σ log q
///
/// There is one update for each batch, so that the importance ratio to the policy that drew it is 1 and is not
/// clipped. Nothing keeps the chain near the prior.
/// Reference: Black, Janner, Du, Kostrikov and Levine (2024), *Training diffusion models with reinforcement
/// learning*, section 4.2, arXiv:2305.13301
struct DenoisingPolicy: PathObjective {
  func evaluate(
    _ record: PathRecord, logZ: Double, adjoints: inout PathAdjoints
  ) -> Double {
    let rewards = record.countedPaths.map { record.logDensity[$0] }
    record.follow(whitened(rewards), &adjoints)
    return -rewards.reduce(0, +) * record.share
  }
}
