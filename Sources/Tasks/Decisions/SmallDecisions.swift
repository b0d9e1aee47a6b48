import Kernels

/// A small problem of decisions whose policies can be computed: a few states, and a number as the action.
///
///     reward      r(s, a) = b_s + c_s a - ½ q a²
///     next state  s + 1 with probability σ(κ a), else s - 1; at either end it stays
///     behaviour   β(a | s) = ½ N(a; -1, 0.4²) + ½ N(a; 1, 0.4²)
///
/// The table of states is the unit vectors.
public struct SmallDecisions: Sendable {
  /// b_s, the reward of being in a state.
  let bases: [Double]
  /// c_s, what the action adds to it.
  let slopes: [Double]
  /// q.
  let cost: Double
  /// κ.
  let steepness: Double
  /// γ, what the next state's value counts.
  public let discount: Double

  /// Three states that nothing follows: the left action is better in the first, none in the second, the right one in the
  /// third.
  public static let bandit = SmallDecisions(
    bases: [0, 0, 0], slopes: [-1, 0, 1], cost: 0.5, steepness: 0, discount: 0)
  /// Five states in a row; being in the last one is rewarded, and going to the right leads there.
  public static let chain = SmallDecisions(
    bases: [0, 0, 0, 0, 1], slopes: [0, 0, 0, 0, 0], cost: 0.1, steepness: 3, discount: 0.9)

  /// Where the behaviour's actions are, and how far they spread.
  static let center = 1.0
  static let deviation = 0.4

  /// K.
  public var states: Int { bases.count }

  /// r(s, a).
  public func reward(_ state: Int, _ action: Double) -> Double {
    bases[state] + slopes[state] * action - 0.5 * cost * action * action
  }

  /// The probability of going right.
  func rightward(_ action: Double) -> Double { 1 / (1 + scalarExp(-steepness * action)) }

  /// The states to the left and to the right.
  func neighbours(of state: Int) -> (left: Int, right: Int) {
    (max(0, state - 1), min(states - 1, state + 1))
  }

  /// log β(a | s), the same in all states.
  public func logBehaviour(_ action: Double) -> Double {
    let (d, m) = (Self.deviation, Self.center)
    let (u, v) = ((action - m) / d, (action + m) / d)
    let top = -0.5 * min(u * u, v * v)
    let other = -0.5 * max(u * u, v * v)
    return top + scalarLog(0.5 * (1 + scalarExp(other - top))) - scalarLog(d) - 0.9189385332046727
  }

  /// Draws an action of the behaviour.
  func behave(_ stream: RandomStream, row: Int) -> Double {
    let side = stream.draw(IntegerBelow(2), row: row) == 0 ? -1.0 : 1.0
    return side * Self.center + Self.deviation * stream.draw(Normal(), row: row)
  }

  /// Transitions from states drawn evenly.
  public func transitions(_ count: Int, seed: UInt64 = 0) -> TransitionSet {
    let stream = RandomStream(seed: seed).folding(.exactSamples)
    var (actions, rewards) = ([Float](), [Float]())
    var (from, next) = ([Int32](), [Int32]())
    for row in 0..<count {
      let state = stream.draw(IntegerBelow(states), step: 1, row: row)
      let action = behave(stream, row: row)
      var words = stream.words(of: .uniform, row: row)
      let (left, right) = neighbours(of: state)
      actions.append(Float(action))
      rewards.append(Float(reward(state, action)))
      from.append(Int32(state))
      next.append(Int32(words.unit() < rightward(action) ? right : left))
    }
    let k = states
    return TransitionSet(
      table: (0..<k * k).map { $0 / k == $0 % k ? 1 : 0 }, stateDimension: k, conditionCount: k,
      actions: actions, actionDimension: 1, rewards: rewards, states: from, nextStates: next,
      ends: [Bool](repeating: discount == 0, count: count))
  }
}
