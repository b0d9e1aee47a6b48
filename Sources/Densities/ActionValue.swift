import Catalogs
import Kernels
import Storage
import Tasks

/// Which decisions, and how much their worth counts.
public struct ActionValueConfig: Codable, Sendable, Equatable {
  /// The decisions.
  public var decisions = DecisionConfig()
  /// α, in units of the reward: the smaller, the more a policy prefers what is worth more.
  public var temperature = 0.5

  /// The arms of a bandit.
  public init() {}

  /// The constraint.
  /// - Throws: `ConfigError`, and as the training of critics does.
  func open() throws -> ActionValue {
    try ConfigError.requirePositive(temperature, "temperature")
    let source: DecisionSource
    do throws(ConfigError) { source = try DecisionSource(decisions) } catch {
      throw error.under("decisions")
    }
    return ActionValue(source, try source.critic(), temperature: temperature)
  }
}

/// What an action is worth in a state, over a temperature: the constraint that makes a behaviour a better policy.
///
///     log r(a | s) = (Q(s, a) - V(s)) / α,   policy ∝ behaviour × r
///
/// V changes no policy and keeps log Z(s) near 0. Critics are exact, or learned once a process. Points of bounded actions
/// have the law of the prior's points times r, without a Jacobian: prior and policy are laws of the same
/// numbers.
/// Reference: Venkatraman et al. (2024), arXiv:2405.20971, section 3.4
struct ActionValue: OnePassDensity, DecisionDensity {
  /// Sources.
  static let references = [
    Reference(
      "Venkatraman, Jain, Scimeca, et al.", 2024,
      "Amortizing intractable inference in diffusion models for vision, language, and control",
      "arXiv:2405.20971, section 3.4"),
    Reference(
      "Kostrikov, Nair, Levine", 2022, "Offline reinforcement learning with implicit Q-learning",
      "arXiv:2110.06169"),
  ]

  let source: DecisionSource
  var states: StateTable
  private let critic: any Critic
  private let temperature: Double

  init(_ source: DecisionSource, _ critic: any Critic, temperature: Double) {
    (self.source, self.critic, self.temperature) = (source, critic, temperature)
    states = source.states
  }

  /// All transitions, evenly.
  var law: Categorical? { nil }

  /// Writes log r and, where there is room for it, its gradient.
  func evaluate(
    _ x: Points, _ out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>?
  ) {
    let features = states.rows(of: x)
    let mapped = (0..<x.count * dimension).map { source.range.action(of: x.data[$0]) }
    let actions = mapped.map { Float($0.value) }
    features.withUnsafeBufferPointer { features in
      actions.withUnsafeBufferPointer { actions in
        guard let features = features.baseAddress, let actions = actions.baseAddress else { return }
        critic.advantages(
          CriticRows(features: features, actions: actions, count: x.count), into: out,
          slopes: score)
      }
    }
    for row in 0..<x.count { out[row] = Float(Double(out[row]) / temperature) }
    guard let score else { return }
    for i in mapped.indices { score[i] *= Float(mapped[i].slope / temperature) }
  }
}
