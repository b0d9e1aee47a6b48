import Storage

/// What training may spend.
public struct TrainingBudget: Codable, Sendable, Equatable {
  /// Density evaluations in all, those of earlier training included; 0 for any number.
  public var energyCalls = 0
  /// Seconds of one call of `Run.train`; 0 for any time.
  public var seconds = 0.0

  /// No limits.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case seconds
    case energyCalls = "energy_calls"
  }

  /// - Throws: `ConfigError` for numbers that make no sense.
  public func validate() throws(ConfigError) {
    try ConfigError.require(energyCalls >= 0, "energy_calls", "it must not be negative")
    try ConfigError.require(
      (0...1e9).contains(seconds), "seconds", "it must be from 0 to 1000000000")
  }
}

/// Training ended because its budget is spent; it may go on with a larger one.
public enum BudgetSpent: Error, Equatable, CustomStringConvertible {
  /// So many density evaluations are made.
  case energyCalls(made: Int, budget: Int)
  /// The time is up.
  case seconds(budget: Double)

  /// One clause.
  public var description: String {
    switch self {
    case .energyCalls(let made, let budget):
      "the budget is \(budget) energy calls, of which \(made) are made"
    case .seconds(let budget): "the budget of \(budget) seconds is spent"
    }
  }
}

/// A budget whose clock runs.
struct RunningBudget {
  private let budget: TrainingBudget
  private let deadline: ContinuousClock.Instant?

  /// The clock starts now.
  init(_ budget: TrainingBudget) {
    self.budget = budget
    deadline = budget.seconds > 0 ? .now + .seconds(budget.seconds) : nil
  }

  /// - Throws: `BudgetSpent`.
  func require(energyCalls made: Int) throws(BudgetSpent) {
    guard budget.energyCalls > 0, made >= budget.energyCalls else { return }
    throw .energyCalls(made: made, budget: budget.energyCalls)
  }

  /// - Throws: `BudgetSpent`.
  func requireTime() throws(BudgetSpent) {
    guard let deadline, ContinuousClock.now >= deadline else { return }
    throw .seconds(budget: budget.seconds)
  }
}
