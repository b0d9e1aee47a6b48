import Catalogs
import Kernels
import Storage
import Tasks

/// Whose actions.
public struct ActionsConfig: Codable, Sendable, Equatable {
  /// The decisions.
  public var decisions = DecisionConfig()
  /// 1 / α: pairs are drawn in proportion to exp(A(s, a) / α), at most 100; 0 for evenly.
  public var inverseTemperature = 0.0

  /// The behaviour of a bandit.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case decisions
    case inverseTemperature = "inverse_temperature"
  }

  /// The actions.
  /// - Throws: `ConfigError`, and as the training of critics does.
  func open() throws -> Actions {
    try ConfigError.require(
      inverseTemperature >= 0 && inverseTemperature.isFinite, "inverse_temperature",
      "it must be finite and not negative")
    let source: DecisionSource
    do throws(ConfigError) { source = try DecisionSource(decisions) } catch {
      throw error.under("decisions")
    }
    return try Actions(source, inverseTemperature: inverseTemperature)
  }
}

/// The actions that were taken in a state: what a policy learns from, the behaviour's or that of the better ones.
///
/// The condition is the state. Of a small problem log ρ(a | s) is the behaviour's; nothing is known of that of a
/// file, so its log ρ is 0 and weights mean nothing. With an inverse temperature pairs are drawn by how much better
/// the action is than others: a policy that learns from them is the one that advantage-weighted regression finds.
/// Reference: Peng, Kumar, Zhang and Levine (2019), *Advantage-weighted regression*, eq. 9, arXiv:1910.00177
struct Actions: DecisionDensity {
  /// Sources.
  static let references = [
    Reference(
      "Peng, Kumar, Zhang, Levine", 2019, "Advantage-weighted regression", "arXiv:1910.00177"),
    Reference(
      "Kostrikov, Nair, Levine", 2022, "Offline reinforcement learning with implicit Q-learning",
      "arXiv:2110.06169"),
  ]

  let source: DecisionSource
  let law: Categorical?
  var states: StateTable

  init(_ source: DecisionSource, inverseTemperature: Double) throws {
    self.source = source
    states = source.states
    law = try inverseTemperature > 0 ? weighted(source, inverseTemperature) : nil
  }

  /// Writes log ρ.
  func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) {
    for row in 0..<x.count {
      guard let problem = source.problem else {
        out[row] = 0
        continue
      }
      let point = x.data[row]
      let action = source.range.action(of: point).value
      out[row] = Float(problem.logBehaviour(action) + source.range.logSlope(at: point))
    }
  }
}

/// The law of transitions by how good their actions are.
private func weighted(
  _ source: DecisionSource, _ inverseTemperature: Double
) throws -> Categorical {
  let (transitions, critic) = (source.transitions, try source.critic())
  let s = transitions.stateDimension
  let states = transitions.states.flatMap { state in
    transitions.features[Int(state) * s..<(Int(state) + 1) * s]
  }
  var advantages = [Float](repeating: 0, count: transitions.count)
  states.withUnsafeBufferPointer { states in
    transitions.actions.withUnsafeBufferPointer { actions in
      guard let states = states.baseAddress, let actions = actions.baseAddress else { return }
      critic.advantages(
        CriticRows(features: states, actions: actions, count: transitions.count),
        into: &advantages, slopes: nil)
    }
  }
  let most = scalarLog(100)
  return Categorical(
    weights: advantages.map { scalarExp(min(inverseTemperature * Double($0), most)) })
}
