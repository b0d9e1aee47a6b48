import Catalogs
import Kernels
import Storage

/// What REINFORCE is rewarded for.
public enum PathReward: String, Codable, Sendable, CaseIterable {
  /// ρ(x_T) itself, as in published code.
  case density
  /// log ρ(x_T).
  case logDensity = "log-density"
}

/// The settings of REINFORCE.
public struct ReinforceConfig: Codable, Sendable, Equatable {
  /// What the squared log-ratio of paths counts.
  public var klWeight = 0.01
  /// The reward.
  public var reward = PathReward.density
  /// Whether rewards less their mean are divided by their deviation.
  public var whitens = false

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case reward, whitens
    case klWeight = "kl_weight"
  }
}

/// REINFORCE on the model's own paths, which are kept near those of a prior.
///
///     k = Σ log P_F - Σ log P_B,    L = mean over paths of  w k² - A k,    A = R - mean R
///
/// with R the reward at a path's end, A divided by its deviation where that is asked for, whose gradient by log P_F is the policy gradient. A baseline: its optimum
/// is not the posterior, and moves with w.
public struct Reinforce: PathObjective {
  /// Sources.
  public static let references = [
    Reference(
      "Williams", 1992,
      "Simple statistical gradient-following algorithms for connectionist reinforcement learning",
      "doi:10.1007/BF00992696"),
    Reference(
      "Venkatraman, Jain, Scimeca, et al.", 2024,
      "Amortizing intractable inference in diffusion models for vision, language, and control",
      "arXiv:2405.20971, section 3.1"),
  ]

  private let config: ReinforceConfig

  /// - Throws: `ConfigError` for a negative weight.
  public init(_ config: ReinforceConfig) throws(ConfigError) {
    try ConfigError.require(
      config.klWeight >= 0 && config.klWeight.isFinite, "kl_weight",
      "it must be finite and not negative")
    self.config = config
  }

  /// True.
  public var needsOwnPaths: Bool { true }

  /// The surrogate loss, and its gradient.
  public func evaluate(
    _ record: PathRecord, logZ: Double, adjoints: inout PathAdjoints
  ) -> Double {
    let share = record.share
    let paths = (0..<record.paths).filter { record.counts[$0] }
    let rewards = paths.map { reward(record.logDensity[$0]) }
    let mean = rewards.reduce(0, +) * share
    let advantages = config.whitens ? whitened(rewards) : rewards.map { $0 - mean }
    var loss = 0.0
    for (path, advantage) in zip(paths, advantages) {
      let ratio = record.logRatio(of: path) + record.logDensity[path]
      loss += share * (config.klWeight * ratio * ratio - advantage * ratio)
      let slope = share * (2 * config.klWeight * ratio - advantage)
      for i in 0..<record.steps {
        adjoints.logForward[i * record.paths + path] = slope
        adjoints.logBackward[i * record.paths + path] = -slope
      }
    }
    return loss
  }

  private func reward(_ logDensity: Double) -> Double {
    config.reward == .density ? scalarExp(logDensity) : logDensity
  }
}

/// Numbers less their mean, divided by their deviation.
package func whitened(_ values: [Double]) -> [Double] {
  let mean = values.reduce(0, +) / Double(max(1, values.count))
  let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, values.count))
  return values.map { ($0 - mean) / (square.squareRoot() + 1e-8) }
}
