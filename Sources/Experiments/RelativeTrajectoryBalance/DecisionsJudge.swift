import Kernels
import Samplers
import Tasks

/// Judges policies of a small problem against the exact one.
///
/// The distance is that of Wasserstein of order 1 between a policy's actions and the exact law, its mean over states; its floor is
/// that of as many exact draws. What a policy earns is the discounted reward from a state drawn evenly.
struct DecisionsJudge {
  static let columns = [
    "W1 to exact policy", "mean Q", "reward earned", "log Z error", "effective share", "training s",
  ]

  private let critic: ExactCritic
  private let temperature: Double

  init(_ problem: SmallDecisions, expectile: Double, temperature: Double) {
    critic = ExactCritic(problem, expectile: expectile)
    self.temperature = temperature
  }

  private var states: Range<Int> { 0..<critic.problem.states }

  private func exact(_ state: Int) -> ActionLaw { critic.policy(state, temperature: temperature) }

  /// The figures of actions whose states go by turns, in the order of the columns.
  /// - Parameter isWeighted: Whether the log-weights count in the policy too.
  func row(
    _ label: String, _ actions: [Float], logWeights: [Double] = [], isWeighted: Bool = false,
    seconds: Double? = nil
  ) -> StudyTable.Row {
    let laws = states.map { state in
      ActionLaw(
        draws: turn(actions.map { Double($0) }, state),
        logWeights: isWeighted ? turn(logWeights, state) : [])
    }
    let weights = logWeights.isEmpty ? [] : states.map { turn(logWeights, $0) }
    let errors = weights.enumerated().map { state, own in
      (logMean(own) - exact(state).logNormalizer).magnitude
    }
    return row(
      label, laws,
      [
        weights.isEmpty ? nil : mean(errors),
        weights.isEmpty ? nil : mean(weights.map { effectiveShare($0) }), seconds,
      ])
  }

  /// The exact policy, and the floor of the distance: that of so many draws in each state.
  func exactRow(_ count: Int, _ seed: UInt64) -> StudyTable.Row {
    let laws = states.map { exact($0) }
    let floors = laws.enumerated().map { state, law in
      let stream = RandomStream(seed: seed).folding(.exactSamples).folding(UInt64(state))
      return law.distance(to: ActionLaw(draws: law.draws(count, stream)))
    }
    var values = row("exact policy; as many draws of it", laws, [0, 1, nil]).values
    values[0] = mean(floors)
    return StudyTable.Row(label: "exact policy; as many draws of it", values: values)
  }

  private func row(
    _ label: String, _ laws: [ActionLaw], _ others: [Double?]
  ) -> StudyTable.Row {
    let distances = laws.enumerated().map { state, law in law.distance(to: exact(state)) }
    let worth = laws.enumerated().map { state, law in
      law.expectation { critic.actionValue(state, $0) }
    }
    return StudyTable.Row(
      label: label, values: [mean(distances), mean(worth), mean(critic.worth(of: laws))] + others)
  }

  /// The numbers of one state.
  private func turn(_ numbers: [Double], _ state: Int) -> [Double] {
    stride(from: state, to: numbers.count, by: states.count).map { numbers[$0] }
  }

  private func mean(_ numbers: [Double]) -> Double {
    numbers.reduce(0, +) / Double(max(1, numbers.count))
  }
}
