import Kernels
import Networks
import Optimizers
import Storage
import Tensors
import Training

/// Critics learned from transitions without asking for actions that the data do not have.
///
///     V:  mean |τ - 1(u < 0)| u²,   u = min(Q̄₁, Q̄₂)(s, a) - V(s)
///     Q_i: mean (r + γ (1 - end) V(s′) - Q_i(s, a))²
///
/// Q̄ follow Q by a running average. A is min(Q̄₁, Q̄₂) - V. Rewards are divided by ten times their standard deviation for the
/// networks, and values multiplied again.
/// Reference: Kostrikov, Nair and Levine (2022), *Offline reinforcement learning with implicit Q-learning*, eq. 5
/// and 6, arXiv:2110.06169
public final class TrainedCritic: Critic {
  private struct Networks {
    let first, second, value: MLP

    init(states: Int, actions: Int, width: Int, in set: ParameterSet) {
      func network(_ name: String, _ inputs: Int) -> MLP {
        MLP(name, sizes: [inputs, width, width, 1], function: .relu, in: set)
      }
      first = network("q.0", states + actions)
      second = network("q.1", states + actions)
      value = network("v", states)
    }

    /// min(Q₁, Q₂), [rows, 1].
    func lesser(_ pairs: Tensor, _ context: Context) -> Tensor {
      let (a, b) = (first(pairs, context), second(pairs, context))
      return context.tape.select(where: context.tape.less(a, b), a, b)
    }
  }

  private let networks: Networks
  private let parameters = ParameterSet()
  private let followers = ParameterSet()
  private let stateDimension, actionDimension: Int
  private let scale: Double
  private let tapes = SharedTapes()

  /// Critics of some transitions.
  ///
  /// Same transitions and config, same bits, for any number of threads and any instruction set.
  /// - Throws: `ConfigError` for numbers that make no sense, `NumericalError` where training diverges.
  public init(
    of transitions: TransitionSet, _ config: CriticConfig, pool: ThreadPool = .shared
  ) throws {
    try config.validate()
    (stateDimension, actionDimension) = (transitions.stateDimension, transitions.actionDimension)
    let (s, a) = (stateDimension, actionDimension)
    networks = Networks(states: s, actions: a, width: config.width, in: parameters)
    _ = Networks(states: s, actions: a, width: config.width, in: followers)
    parameters.initialize(seed: config.seed)
    followers.initialize(seed: config.seed)
    scale = 10 * deviation(of: transitions.rewards)
    let optimizer = Optimizer(try Adam(), parameters) { _ in
      GroupSettings(learningRate: config.learningRate)
    }
    let trainer = BatchTrainer(
      parameters, optimizer, blockRows: 64, seed: config.seed, pool: pool)
    let stream = RandomStream(seed: config.seed).folding(.training)
    let law = IntegerBelow(transitions.count)
    var preparation = Preparation(of: "critics", steps: config.steps)
    for step in 0..<config.steps {
      let chosen = stream.draw(law, step: UInt32(step), rows: 0..<config.batchSize)
      try trainer.step(rows: config.batchSize) { [self] context, rows in
        loss(CriticBatch(transitions, Array(chosen[rows]), context.tape), config, context)
      }
      follow(Float(config.targetRate))
      try preparation.advance()
    }
    followers.refreshTransposes()
  }

  private func loss(_ batch: CriticBatch, _ config: CriticConfig, _ context: Context) -> Tensor {
    let tape = context.tape
    tape.isRecording = false
    let next = networks.value(batch.next, context)
    let lesser = networks.lesser(
      batch.pairs, Context(tape: tape, parameters: ParameterBinding(followers, gradients: nil)))
    tape.isRecording = true
    let miss = tape.subtract(lesser, networks.value(batch.states, context))
    let (weights, goals) = (tape.allocate(miss.shape), tape.allocate(miss.shape))
    for row in 0..<batch.count {
      tape.write(miss[row] < 0 ? 1 - config.expectile : config.expectile, at: row, of: weights)
      let later = batch.ends[row] ? 0 : config.discount * next[row]
      tape.write(Double(batch.rewards[row]) / scale + later, at: row, of: goals)
    }
    let errors = [networks.first, networks.second].map {
      tape.sum(tape.apply(.square, tape.subtract($0(batch.pairs, context), goals)))
    }
    let spread = tape.sum(tape.multiply(weights, tape.apply(.square, miss)))
    return tape.add(spread, tape.add(errors[0], errors[1]))
  }

  private func follow(_ rate: Float) {
    for i in 0..<parameters.count {
      followers.values[i] += rate * (parameters.values[i] - followers.values[i])
    }
  }

  /// Writes A(s, a) and its gradient by a.
  public func advantages(
    _ rows: CriticRows, into out: UnsafeMutablePointer<Float>, slopes: UnsafeMutablePointer<Float>?
  ) {
    let (s, a) = (stateDimension, actionDimension)
    tapes.borrow { tape in
      for first in stride(from: 0, to: rows.count, by: 64) {
        let piece = CriticRows(
          features: rows.features + first * s, actions: rows.actions + first * a,
          count: min(64, rows.count - first))
        advantages(piece, tape, into: out + first, slopes: slopes.map { $0 + first * a })
      }
    }
  }

  private func advantages(
    _ rows: CriticRows, _ tape: Tape, into out: UnsafeMutablePointer<Float>,
    slopes: UnsafeMutablePointer<Float>?
  ) {
    tape.reset()
    tape.isRecording = slopes != nil
    let states = tape.constant(at: rows.features, Shape(rows.count, stateDimension))
    let given = tape.constant(at: rows.actions, Shape(rows.count, actionDimension))
    let actions = slopes == nil ? given : tape.variable(given)
    func context(_ set: ParameterSet) -> Context {
      Context(tape: tape, parameters: ParameterBinding(set, gradients: nil))
    }
    let lesser = networks.lesser(tape.concatenate(states, actions), context(followers))
    let value = networks.value(states, context(parameters))
    for row in 0..<rows.count { out[row] = Float(scale * (lesser[row] - value[row])) }
    guard let slopes else { return }
    tape.backward(from: lesser, seed: tape.constant(scale, lesser.shape).data)
    slopes.update(
      from: tape.gradient(of: actions).assumingMemoryBound(to: Float.self),
      count: rows.count * actionDimension)
  }
}

/// Some transitions as tensors.
private struct CriticBatch {
  let states, next, pairs: Tensor
  let rewards: [Float]
  let ends: [Bool]

  var count: Int { rewards.count }

  init(_ transitions: TransitionSet, _ rows: [Int], _ tape: Tape) {
    let (s, a) = (transitions.stateDimension, transitions.actionDimension)
    func table(_ values: [Float], _ columns: Int, _ row: (Int) -> Int) -> Tensor {
      let tensor = tape.allocate(Shape(rows.count, columns))
      let out = tensor.data.assumingMemoryBound(to: Float.self)
      for (index, number) in rows.enumerated() {
        for j in 0..<columns { out[index * columns + j] = values[row(number) * columns + j] }
      }
      return tensor
    }
    states = table(transitions.features, s) { Int(transitions.states[$0]) }
    next = table(transitions.features, s) { Int(transitions.nextStates[$0]) }
    pairs = tape.concatenate(states, table(transitions.actions, a) { $0 })
    rewards = rows.map { transitions.rewards[$0] }
    ends = rows.map { transitions.ends[$0] }
  }
}

/// The standard deviation of some numbers; 1 where they are all the same.
private func deviation(of numbers: [Float]) -> Double {
  let mean = numbers.reduce(0) { $0 + Double($1) } / Double(numbers.count)
  let square = numbers.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
  return square > 0 ? (square / Double(numbers.count)).squareRoot() : 1
}

/// The critics that this process trained, so that each is trained once.
public enum CriticCache {
  private struct Key: Hashable {
    let checksum: String
    let config: CriticConfig
  }

  private static let critics = TrainedOnce<Key, TrainedCritic>()

  /// Critics of these transitions, whose training takes a while the first time.
  /// - Throws: as the training does.
  public static func critic(
    of transitions: TransitionSet, _ config: CriticConfig
  ) throws -> TrainedCritic {
    let key = Key(checksum: transitions.checksum, config: config)
    return try critics.model(key) { try TrainedCritic(of: transitions, config) }
  }
}
