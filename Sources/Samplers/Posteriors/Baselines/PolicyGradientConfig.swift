import Objectives
import Storage

/// Which policy gradient a chain learns by instead of an objective: what relative trajectory balance is compared
/// with.
public enum PolicyGradientKind: String, Codable, Sendable, CaseIterable {
  /// None: the run's objective.
  case none
  /// REINFORCE with a bound on the log-ratio to the prior.
  case reinforce
  /// Denoising diffusion policy optimization.
  case ddpo
  /// The same with a penalty for leaving the prior.
  case dpok
}

/// A policy gradient on the paths of a chain, whose reward is the constraint: none has the posterior as its optimum
/// unless its penalty is that of the posterior.
public struct PolicyGradientConfig: Codable, Sendable, Equatable {
  /// Which.
  public var kind = PolicyGradientKind.none
  /// The weight of the penalty for leaving the prior (reinforce, dpok).
  public var penalty = 0.01

  /// None.
  public init() {}

  /// Checks every number.
  /// - Throws: `ConfigError`.
  func validate() throws(ConfigError) {
    try ConfigError.require(
      penalty >= 0 && penalty.isFinite, "penalty", "it must not be negative")
    try ConfigError.require(
      kind != .none || self == PolicyGradientConfig(), "kind", "it must name one that has a penalty"
    )
  }

  /// The gradient as what the trainer of paths asks for; nil for none.
  func makeObjective() throws(ConfigError) -> (any PathObjective)? {
    switch kind {
    case .none: return nil
    case .reinforce:
      var config = ReinforceConfig()
      (config.klWeight, config.whitens) = (penalty, true)
      return try Reinforce(config)
    case .ddpo: return DenoisingPolicy()
    case .dpok: return PenalizedPolicy(penalty: penalty)
    }
  }
}

extension PathRecord {
  /// The paths that count.
  var countedPaths: [Int] { (0..<paths).filter { counts[$0] } }

  /// Σ log q - Σ log p of a path, where log p stands for the way back.
  func policyRatio(of path: Int) -> Double { logRatio(of: path) + logDensity[path] }

  /// Writes minus the advantage of each path as the derivative by the log-probability of all of its steps.
  func follow(_ advantages: [Double], _ adjoints: inout PathAdjoints) {
    for (path, advantage) in zip(countedPaths, advantages) {
      for i in 0..<steps { adjoints.logForward[i * paths + path] = -share * advantage }
    }
  }
}
