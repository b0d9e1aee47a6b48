import Kernels
import Objectives

/// REINFORCE on paths with the constraint's value as the reward.
///
///     A = whitened r(x_T),   gradient of -mean A Σ log q + w mean (Σ log q - Σ log p)²
///
/// The square keeps paths as likely as under the prior, whatever r: its optimum is no posterior.
/// Reference: Venkatraman et al. (2024), arXiv:2405.20971, section 4.1 (RL baseline); Williams (1992),
/// doi:10.1007/BF00992696
struct Reinforce: PathObjective {
  /// w.
  let penalty: Double

  func evaluate(
    _ record: PathRecord, logZ: Double, adjoints: inout PathAdjoints
  ) -> Double {
    let rewards = record.countedPaths.map { scalarExp(record.logDensity[$0]) }
    let advantages = zip(record.countedPaths, whitened(rewards)).map { path, advantage in
      advantage - 2 * penalty * record.policyRatio(of: path)
    }
    record.follow(advantages, &adjoints)
    return -rewards.reduce(0, +) * record.share
  }
}
