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
public struct Actions: PairedDensity, OpenConditionalDensity {
  /// Sources.
  public static let references = [
    Reference(
      "Peng, Kumar, Zhang, Levine", 2019, "Advantage-weighted regression", "arXiv:1910.00177"),
    Reference(
      "Kostrikov, Nair, Levine", 2022, "Offline reinforcement learning with implicit Q-learning",
      "arXiv:2110.06169"),
  ]

  private let source: DecisionSource
  private let law: Categorical?
  private var states: StateTable

  init(_ source: DecisionSource, inverseTemperature: Double) throws {
    self.source = source
    states = source.states
    law = try inverseTemperature > 0 ? weighted(source, inverseTemperature) : nil
  }

  /// A.
  public var dimension: Int { source.transitions.actionDimension }
  /// Number of states.
  public var conditionCount: Int { states.count }
  /// S.
  public var conditionDimension: Int { states.dimension }

  /// Writes a state, each column of mean 0 and deviation 1, [S].
  public func features(of condition: Int, into out: UnsafeMutablePointer<Float>) {
    states.write(condition, to: out)
  }

  /// The same in other states.
  /// - Throws: `ConfigError` for states of another length.
  public func at(_ features: [[Double]]) throws(ConfigError) -> any ConditionalDensity {
    var other = self
    other.states = try source.states(features)
    return other
  }

  /// Writes pairs of an action and the state it was taken in.
  public func drawPairs(
    _ count: Int, _ stream: RandomStream, into x: UnsafeMutablePointer<Float>,
    conditions: UnsafeMutablePointer<Int32>
  ) {
    source.drawPairs(count, by: law, stream, into: x, conditions: conditions)
  }

  /// Writes log ρ.
  public func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) {
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

extension DecisionSource {
  /// Writes transitions, evenly or by their weights.
  func drawPairs(
    _ count: Int, by law: Categorical?, _ stream: RandomStream,
    into x: UnsafeMutablePointer<Float>, conditions: UnsafeMutablePointer<Int32>
  ) {
    let a = transitions.actionDimension
    for index in 0..<count {
      let row =
        law.map { stream.draw($0, row: index) }
        ?? stream.draw(IntegerBelow(transitions.count), row: index)
      for j in 0..<a { x[index * a + j] = points[row * a + j] }
      conditions[index] = transitions.states[row]
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
