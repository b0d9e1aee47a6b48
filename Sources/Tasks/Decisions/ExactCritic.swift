import Kernels

/// The values that learned critics of a small problem come near to, by quadrature.
///
///     Q(s, a) = r(s, a) + γ E V(s′),   V(s) = the τ-expectile of Q(s, a) under the behaviour
///
/// The equations have one solution, as γ < 1.
public struct ExactCritic: Critic {
  /// What is decided.
  public let problem: SmallDecisions
  /// V(s), [K].
  public let values: [Double]

  /// - Parameter expectile: τ; ½ for the behaviour's own values.
  public init(_ problem: SmallDecisions, expectile: Double) {
    self.problem = problem
    let grid = ActionGrid()
    let weights = grid.normalized { problem.logBehaviour($0) }.masses
    var values = [Double](repeating: 0, count: problem.states)
    for _ in 0..<(problem.discount > 0 ? 300 : 1) {
      let next = ExactCritic(problem: problem, values: values)
      values = (0..<problem.states).map { state in
        expectileOf(
          grid.actions.map { next.actionValue(state, $0) }, weights, expectile)
      }
    }
    self.values = values
  }

  private init(problem: SmallDecisions, values: [Double]) {
    (self.problem, self.values) = (problem, values)
  }

  /// Q(s, a).
  public func actionValue(_ state: Int, _ action: Double) -> Double {
    let (left, right) = problem.neighbours(of: state)
    let p = problem.rightward(action)
    let next = p * values[right] + (1 - p) * values[left]
    return problem.reward(state, action) + problem.discount * next
  }

  /// ∂Q(s, a) / ∂a.
  private func slope(_ state: Int, _ action: Double) -> Double {
    let (left, right) = problem.neighbours(of: state)
    let p = problem.rightward(action)
    let gain = problem.steepness * p * (1 - p) * (values[right] - values[left])
    return problem.slopes[state] - problem.cost * action + problem.discount * gain
  }

  /// Writes Q(s, a) - V(s) and its gradient by a.
  public func advantages(
    _ rows: CriticRows, into out: UnsafeMutablePointer<Float>, slopes: UnsafeMutablePointer<Float>?
  ) {
    for row in 0..<rows.count {
      let features = rows.features + row * problem.states
      let state = (0..<problem.states).max { features[$0] < features[$1] } ?? 0
      let action = Double(rows.actions[row])
      out[row] = Float(actionValue(state, action) - values[state])
      slopes?[row] = Float(slope(state, action))
    }
  }

  /// The exact policy β(a | s) exp((Q(s, a) - V(s)) / α) / Z(s) of a state.
  public func policy(_ state: Int, temperature: Double) -> ActionLaw {
    ActionGrid().normalized {
      problem.logBehaviour($0) + (actionValue(state, $0) - values[state]) / temperature
    }
  }

  /// The discounted reward that a policy earns from each state, [K].
  /// - Parameter actions: The policy's actions in each state, and their weights.
  public func worth(of policy: [ActionLaw]) -> [Double] {
    let mean = policy.enumerated().map { state, law in
      (
        reward: law.expectation { problem.reward(state, $0) },
        right: law.expectation { problem.rightward($0) }
      )
    }
    var worth = [Double](repeating: 0, count: problem.states)
    for _ in 0..<300 {
      worth = mean.enumerated().map { state, law in
        let (left, right) = problem.neighbours(of: state)
        return law.reward
          + problem.discount * (law.right * worth[right] + (1 - law.right) * worth[left])
      }
    }
    return worth
  }
}

/// The τ-expectile of weighted numbers: where τ E (x - m)₊ = (1 - τ) E (m - x)₊.
func expectileOf(_ numbers: [Double], _ weights: [Double], _ expectile: Double) -> Double {
  var (low, high) = (numbers.min() ?? 0, numbers.max() ?? 0)
  for _ in 0..<60 {
    let middle = (low + high) / 2
    let balance = zip(numbers, weights).reduce(0) { sum, pair in
      let miss = pair.0 - middle
      return sum + pair.1 * (miss > 0 ? expectile : 1 - expectile) * miss
    }
    if balance > 0 { low = middle } else { high = middle }
  }
  return (low + high) / 2
}
