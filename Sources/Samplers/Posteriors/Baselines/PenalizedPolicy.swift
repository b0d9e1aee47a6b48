import Objectives

/// Policy gradient with a penalty for the divergence from the prior: DPOK.
///
///     A = log r(x_T) - w (Σ log q - Σ log p) less its mean,   gradient of -mean A Σ log q
///
/// It makes E log r - w KL(q ‖ p) large, with the batch's mean in the place of a value network and one
/// update for each batch. With w = 1 that is the posterior's own lower bound; published weights are far less.
/// Reference: Fan et al. (2023), *DPOK: reinforcement learning for fine-tuning text-to-image diffusion models*,
/// eq. 9, arXiv:2305.16381
struct PenalizedPolicy: PathObjective {
  /// w.
  let penalty: Double

  func evaluate(
    _ record: PathRecord, logZ: Double, adjoints: inout PathAdjoints
  ) -> Double {
    let values = record.countedPaths.map { path in
      record.logDensity[path] - penalty * record.policyRatio(of: path)
    }
    let mean = values.reduce(0, +) * record.share
    record.follow(values.map { $0 - mean }, &adjoints)
    return -mean
  }
}
