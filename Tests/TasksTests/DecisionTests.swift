import Kernels
import Storage
import Tasks
import TestSupport
import Testing

@Suite("Small problems of decisions")
struct SmallDecisionsTests {
  /// Of a bandit everything is a Gaussian integral: the modes at ∓1 are tilted by exp((c a - ½ q a²) / α).
  @Test("have the policy that Gaussian integrals give", arguments: [0, 1, 2])
  func closedForm(_ state: Int) {
    let (c, q, alpha, d) = ([-1.0, 0, 1][state], 0.5, 0.5, 0.4)
    let precision = 1 / (d * d) + q / alpha
    func log(_ m: Double) -> Double {
      let b = m / (d * d) + c / alpha
      return 0.5 * b * b / precision - 0.5 * m * m / (d * d)
    }
    let (left, right) = (scalarExp(log(-1)), scalarExp(log(1)))
    let means = [-1, 1].map { ($0 / (d * d) + c / alpha) / precision }
    let expected = (left * means[0] + right * means[1]) / (left + right)
    let critic = ExactCritic(.bandit, expectile: 0.5)
    let law = critic.policy(state, temperature: alpha)
    #expect((law.expectation { $0 } - expected).magnitude < 1e-9)
    // Nothing follows, so V is the mean reward and a tilt by Q - V.
    let value = -0.5 * q * (1 + d * d)
    #expect((critic.values[state] - value).magnitude < 1e-6)
    let constant = 0.5 * (left + right) / (d * precision.squareRoot())
    #expect((law.logNormalizer - scalarLog(constant) + value / alpha).magnitude < 1e-6)
  }

  /// With τ = ½ V is what the behaviour earns.
  @Test("have the values that their behaviour earns")
  func behaviour() {
    let critic = ExactCritic(.chain, expectile: 0.5)
    let behaviour = (0..<5).map { critic.policy($0, temperature: 1e12) }
    let worth = critic.worth(of: behaviour)
    for (value, earned) in zip(critic.values, worth) { #expect((value - earned).magnitude < 1e-6) }
    let better = critic.worth(of: (0..<5).map { critic.policy($0, temperature: 0.05) })
    #expect(zip(better, worth).allSatisfy { $0 > $1 + 0.3 })
    let optimist = ExactCritic(.chain, expectile: 0.9)
    #expect(zip(optimist.values, critic.values).allSatisfy { $0 > $1 })
  }

  @Test("have transitions by their law")
  func transitions() {
    let set = SmallDecisions.chain.transitions(20_000)
    #expect(set.count == 20_000 && set.conditionCount == 5 && !set.ends.contains(true))
    expectMean(of: set.actions.map { Double($0) }, is: 0, within: .standardErrors(4.5))
    expectMean(
      of: set.actions.map { Double($0 * $0) }, is: 1 + 0.16, within: .standardErrors(4.5))
    for row in 0..<set.count {
      let (state, next) = (Int(set.states[row]), Int(set.nextStates[row]))
      #expect((next - state).magnitude == 1 || (next == state && (state == 0 || state == 4)))
    }
    #expect(SmallDecisions.bandit.transitions(10).ends == [Bool](repeating: true, count: 10))
  }

  @Test("know the distance of laws")
  func distance() {
    let a = ActionLaw(draws: [0, 1, 2])
    #expect((a.distance(to: ActionLaw(draws: [0.5, 1.5, 2.5])) - 0.5).magnitude < 1e-12)
    #expect(a.distance(to: a) == 0)
  }
}

extension Critic {
  /// Advantages of actions, [n], in states, [n, features], and their slopes.
  fileprivate func advantages(
    _ features: [Float], _ actions: [Float]
  ) -> (values: [Float], slopes: [Float]) {
    var (values, slopes) = (actions, actions)
    features.withUnsafeBufferPointer { features in
      actions.withUnsafeBufferPointer { actions in
        guard let states = features.baseAddress, let first = actions.baseAddress else { return }
        advantages(
          CriticRows(features: states, actions: first, count: actions.count), into: &values,
          slopes: &slopes)
      }
    }
    return (values, slopes)
  }
}

@Suite("Critics")
struct CriticTests {
  private func config(_ discount: Double) -> CriticConfig {
    var config = CriticConfig()
    (config.width, config.steps, config.batchSize) = (32, 3000, 128)
    (config.learningRate, config.discount, config.targetRate) = (3e-3, discount, 0.02)
    return config
  }

  /// Q - V of a state's actions against the exact ones, where the behaviour is.
  private func error(
    _ problem: SmallDecisions, _ critic: any Critic, _ exact: ExactCritic
  ) -> Double {
    let features = problem.transitions(10).features
    let actions = stride(from: Float(-1.6), through: 1.6, by: 0.4).map { $0 }
    var worst = 0.0
    for state in 0..<problem.states {
      let rows = actions.flatMap { _ in
        features[state * problem.states..<(state + 1) * problem.states]
      }
      let (own, truth) = (critic.advantages(rows, actions), exact.advantages(rows, actions))
      for (a, b) in zip(own.values, truth.values) { worst = max(worst, Double((a - b).magnitude)) }
    }
    return worst
  }

  @Test("learn what actions are worth", arguments: [0, 1])
  func known(_ index: Int) throws {
    let problem = [SmallDecisions.bandit, .chain][index]
    let exact = ExactCritic(problem, expectile: 0.7)
    let critic = try TrainedCritic(of: problem.transitions(4000), config(problem.discount))
    let miss = error(problem, critic, exact)
    #expect(miss < 0.3, "\(miss)")
    // Another expectile is another V.
    #expect(error(problem, critic, ExactCritic(problem, expectile: 0.99)) > 0.3)
  }

  @Test("have the gradient of their advantage")
  func slopes() throws {
    let problem = SmallDecisions.chain
    var config = config(0.9)
    config.steps = 300
    let critics: [any Critic] = [
      try TrainedCritic(of: problem.transitions(500), config),
      ExactCritic(problem, expectile: 0.7),
    ]
    let features = problem.transitions(10).features
    for critic in critics {
      func advantages(_ shift: Float) -> (values: [Float], slopes: [Float]) {
        critic.advantages(features, (0..<5).map { Float($0) / 4 - 0.6 + shift })
      }
      let h: Float = 0x1p-7
      let (up, down) = (advantages(h).values, advantages(-h).values)
      for (row, slope) in advantages(0).slopes.enumerated() {
        let difference = (up[row] - down[row]) / (2 * h)
        #expect((difference - slope).magnitude < 0.02, "\(difference) \(slope)")
      }
    }
  }

  @Test("have the same bits for any number of threads")
  func threads() throws {
    let set = SmallDecisions.chain.transitions(300)
    var config = config(0.9)
    config.steps = 20
    let values = try [1, 3].map { threads in
      let critic = try TrainedCritic(of: set, config, pool: ThreadPool(threads: threads))
      return critic.advantages(set.features, Array(set.actions.prefix(5))).values
    }
    #expect(values[0] == values[1])
  }
}

@Suite("Transitions of files")
struct TransitionFileTests {
  private func write(
    _ folder: ScratchFolder, _ name: String = "", _ array: StoredArray? = nil
  ) throws {
    var arrays = [
      "observations": StoredArray([0, 1, 2, 3, 4, 5] as [Float], shape: [3, 2]),
      "next_observations": StoredArray([2, 3, 4, 5, 6, 7] as [Float], shape: [3, 2]),
      "actions": StoredArray([0.5, -0.5, 1] as [Double], shape: [3, 1]),
      "rewards": StoredArray([1, 2, 3] as [Float]),
      "terminals": StoredArray([0, 0, 1] as [UInt8]),
    ]
    if !name.isEmpty { arrays[name] = array }
    for (name, array) in arrays { try array.writeNPY(to: folder(name + ".npy")) }
  }

  @Test("are read from a folder")
  func folder() throws {
    let folder = try ScratchFolder()
    try write(folder)
    let set = try TransitionSet(reading: folder.path)
    #expect(set.count == 3 && set.stateDimension == 2 && set.actionDimension == 1)
    #expect(set.actions == [0.5, -0.5, 1] && set.rewards == [1, 2, 3])
    #expect(set.ends == [false, false, true] && set.conditionCount == 3)
    // The next state of the first transition is the state of the second.
    let first = Int(set.nextStates[0]) * 2
    let second = Int(set.states[1]) * 2
    #expect(set.features[first] == set.features[second])
    #expect(set.features(of: [0, 1]) == Array(set.features[0..<2]))
  }

  @Test("are refused where they do not fit")
  func refusals() throws {
    let cases: [(String, StoredArray?, String)] = [
      ("actions", nil, "no array 'actions'"),
      ("rewards", StoredArray([1, 2] as [Float]), "'rewards' has the shape [2]"),
      ("actions", StoredArray([1, .nan, 2] as [Float]), "not finite"),
      ("observations", StoredArray([1, 2, 3] as [Int32], shape: [3, 1]), "holds I32"),
      (
        "next_observations", StoredArray([1, 2, 3] as [Float], shape: [3, 1]),
        "'next_observations' has the shape [3, 1], expected [3, 2]"
      ),
    ]
    for (name, array, message) in cases {
      let folder = try ScratchFolder()
      try write(folder, name, array)
      let error = #expect(throws: StorageError.self) { try TransitionSet(reading: folder.path) }
      #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }
    #expect(throws: StorageError.self) { try TransitionSet(reading: "/nowhere.npz") }
  }
}
