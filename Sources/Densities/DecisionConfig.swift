import Kernels
import Storage
import Tasks

/// Which decisions were made, and what they are worth.
public struct DecisionConfig: Codable, Sendable, Equatable {
  /// `bandit` or `chain` for a small problem, else an .npz file or a folder of .npy files with `observations`, `actions`,
  /// `rewards`, `next_observations` and `terminals`.
  public var data = "bandit"
  /// Transitions of a small problem.
  public var rows = 4000
  /// The largest magnitude of an action; 0 for none.
  ///
  /// Points are artanh(action / bound) then, with actions held within 0.99 of the bound.
  public var bound = 0.0
  /// Whether actions of a small problem are worth what they exactly are, and not what critics learn.
  public var exact = true
  /// How critics learn; its `expectile` counts for exact values too.
  public var critic = CriticConfig()

  /// A bandit.
  public init() {}
}

/// Decisions as densities need them.
struct DecisionSource: Sendable {
  /// The transitions.
  let transitions: TransitionSet
  /// The problem they are of; nil for those of a file.
  let problem: SmallDecisions?
  /// How actions become points.
  let range: ActionRange
  /// The actions as points, [n, A].
  let points: [Float]
  private let config: DecisionConfig

  /// - Throws: `ConfigError` for files that cannot be used and numbers that make no sense.
  init(_ config: DecisionConfig) throws(ConfigError) {
    try ConfigError.require(
      (1...10_000_000).contains(config.rows), "rows", "it must be from 1 to 10000000")
    try ConfigError.require(
      config.bound >= 0 && config.bound.isFinite, "bound", "it must be finite and not negative")
    do { try config.critic.validate() } catch { throw error.under("critic") }
    self.config = config
    problem = ["bandit": SmallDecisions.bandit, "chain": .chain][config.data]
    do throws(StorageError) {
      transitions =
        if let problem { problem.transitions(config.rows) } else {
          try TransitionSet(reading: config.data)
        }
    } catch {
      throw .invalid(path: "data", reason: "\(error)")
    }
    range = ActionRange(bound: config.bound)
    points = transitions.actions.map { [range] in range.point(of: $0) }
  }

  /// What the actions are worth; learning that takes a while the first time.
  /// - Throws: `NumericalError` where critics diverge.
  func critic() throws -> any Critic {
    if config.exact, let problem {
      return ExactCritic(problem, expectile: config.critic.expectile)
    }
    var critic = config.critic
    if let problem { critic.discount = problem.discount }
    return try CriticCache.critic(of: transitions, critic)
  }

  /// The states that have actions.
  var states: StateTable {
    StateTable(
      features: transitions.features, count: transitions.conditionCount,
      dimension: transitions.stateDimension)
  }

  /// Other states, as they are.
  /// - Throws: `ConfigError` where their numbers are not as many.
  func states(_ table: [[Double]]) throws(ConfigError) -> StateTable {
    let s = transitions.stateDimension
    for (index, row) in table.enumerated() where row.count != s {
      throw .invalid(
        path: "features[\(index)]", reason: "it has \(row.count) numbers, a state has \(s)")
    }
    return StateTable(
      features: transitions.features(of: table.flatMap { $0.map { Float($0) } }),
      count: table.count, dimension: s)
  }
}

/// States as networks see them.
struct StateTable: Sendable {
  /// [count or more, dimension].
  let features: [Float]
  /// How many there are.
  let count: Int
  /// S.
  let dimension: Int

  /// Writes a state, [S].
  func write(_ state: Int, to out: UnsafeMutablePointer<Float>) {
    for j in 0..<dimension { out[j] = features[state * dimension + j] }
  }

  /// The states that points go with, [count, S]; the first for points without.
  func rows(of x: Points) -> [Float] {
    var rows = [Float](repeating: 0, count: x.count * dimension)
    for row in 0..<x.count {
      let first = (x.conditions.map { Int($0[row]) } ?? 0) * dimension
      for j in 0..<dimension { rows[row * dimension + j] = features[first + j] }
    }
    return rows
  }
}

/// Actions with a bound as points without: a = b tanh x, or a = x where there is none.
struct ActionRange: Sendable {
  /// b; 0 for none.
  let bound: Double

  /// The point of an action, which is held within 0.99 of the bound.
  func point(of action: Float) -> Float {
    guard bound > 0 else { return action }
    let u = min(max(Double(action) / bound, -0.99), 0.99)
    return Float(0.5 * scalarLog((1 + u) / (1 - u)))
  }

  /// The action of a point, and its derivative.
  func action(of point: Float) -> (value: Double, slope: Double) {
    guard bound > 0 else { return (Double(point), 1) }
    let e = scalarExp(-2 * Double(point).magnitude)
    let tanh = (1 - e) / (1 + e)
    return (point < 0 ? -bound * tanh : bound * tanh, bound * 4 * e / ((1 + e) * (1 + e)))
  }

  /// log of the derivative, finite for every point.
  func logSlope(at point: Float) -> Double {
    guard bound > 0 else { return 0 }
    let x = Double(point).magnitude
    return scalarLog(4 * bound) - 2 * x - 2 * scalarLog(1 + scalarExp(-2 * x))
  }
}
