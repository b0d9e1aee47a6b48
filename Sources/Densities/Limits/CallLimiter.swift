import Storage
import Synchronization

/// Stands between a density and the function behind it, and keeps to the limits of the function.
///
/// A batch that fails is halved until the failing points are found, unless failures are to be passed on. A call
/// whose time is up is given up: it goes on, on a thread of its own, until it returns, and later ones do not
/// wait for it; where `stuckCalls` of these have not returned, no policy makes more.
public final class CallLimiter: Sendable {
  /// How many calls that were given up may be at work.
  static let stuckCalls = 32

  private struct State: Sendable {
    var usage = CallUsage()
    var budget: Int
    var memory: PointMemory
  }

  /// What to keep to.
  public let limits: CallLimits
  private let stuck = StuckCalls()
  private let state: Mutex<State>

  /// - Throws: `ConfigError` for limits that make no sense.
  public init(_ limits: CallLimits) throws(ConfigError) {
    try limits.validate()
    self.limits = limits
    state = Mutex(State(budget: limits.calls, memory: PointMemory(capacity: limits.cache)))
  }

  /// What the function was asked so far.
  public var usage: CallUsage { state.withLock { $0.usage } }

  /// Allows so many more points.
  /// - Throws: `ConfigError` where their number has no limit.
  public func grant(_ points: Int) throws(ConfigError) {
    try ConfigError.require(limits.calls > 0, "calls", "this density has no limit of calls")
    try ConfigError.require(points >= 0, "calls", "it must not be negative")
    state.withLock { state in
      let (sum, isBeyond) = state.budget.addingReportingOverflow(points)
      state.budget = isBeyond ? .max : sum
    }
  }

  /// The function within the limits.
  func limiting(_ function: @escaping FunctionDensity.Body) -> FunctionDensity.Body {
    { [self] x, values, score in
      guard limits.cache > 0 else { return try pieces(function, x, values, score) }
      try remembering(function, x, values, score)
    }
  }

  /// Evaluates points that are not in memory.
  private func remembering(
    _ function: @escaping FunctionDensity.Body, _ x: Points, _ values: UnsafeMutablePointer<Float>,
    _ score: UnsafeMutablePointer<Float>?
  ) throws {
    let d = x.dimension
    let keys = (0..<x.count).map { PointMemory.Key(x, row: $0) }
    var answers = state.withLock { state in
      keys.reduce(into: [PointMemory.Key: PointMemory.Answer]()) {
        $0[$1] = state.memory.answer($1, wantsScore: score != nil)
      }
    }
    var new: [Int] = []
    var seen: Set<PointMemory.Key> = []
    for (row, key) in keys.enumerated() where answers[key] == nil && seen.insert(key).inserted {
      new.append(row)
    }
    let found = try evaluate(function, x, rows: new, wantsScore: score != nil)
    for (row, answer) in zip(new, found) { answers[keys[row]] = answer }
    state.withLock { state in
      state.usage.cached += keys.count - new.count
      for (row, answer) in zip(new, found) { state.memory.remember(keys[row], answer) }
    }
    for (row, key) in keys.enumerated() {
      guard let answer = answers[key] else { continue }
      values[row] = answer.value
      for i in 0..<d { score?[row * d + i] = answer.score?[i] ?? 0 }
    }
  }

  /// Evaluates some rows, gathered.
  private func evaluate(
    _ function: @escaping FunctionDensity.Body, _ x: Points, rows: [Int], wantsScore: Bool
  ) throws -> [PointMemory.Answer] {
    guard !rows.isEmpty else { return [] }
    let d = x.dimension
    let gathered = rows.flatMap { x[$0] }
    let conditions = x.conditions.map { all in rows.map { all[$0] } }
    var values = [Float](repeating: 0, count: rows.count)
    var score = [Float](repeating: 0, count: wantsScore ? gathered.count : 0)
    try gathered.withUnsafeBufferPointer { data in
      try (conditions ?? []).withUnsafeBufferPointer { numbers in
        try values.withUnsafeMutableBufferPointer { values in
          try score.withUnsafeMutableBufferPointer { score in
            guard let data = data.baseAddress, let values = values.baseAddress else { return }
            let points = Points(
              data, count: rows.count, dimension: d,
              conditions: conditions == nil ? nil : numbers.baseAddress)
            try pieces(function, points, values, wantsScore ? score.baseAddress : nil)
          }
        }
      }
    }
    return rows.indices.map {
      .init(value: values[$0], score: wantsScore ? Array(score[$0 * d..<($0 + 1) * d]) : nil)
    }
  }

  /// Evaluates points, so many at a time.
  private func pieces(
    _ function: @escaping FunctionDensity.Body, _ x: Points, _ values: UnsafeMutablePointer<Float>,
    _ score: UnsafeMutablePointer<Float>?
  ) throws {
    let rows = limits.batch > 0 ? limits.batch : max(1, x.count)
    try x.forEachPiece(of: rows) { piece, first in
      try attempt(function, piece, values + first, score.map { $0 + first * x.dimension })
    }
  }

  /// Evaluates points in one call, or finds those that fail.
  private func attempt(
    _ function: @escaping FunctionDensity.Body, _ x: Points, _ values: UnsafeMutablePointer<Float>,
    _ score: UnsafeMutablePointer<Float>?
  ) throws {
    try spend(x.count)
    do {
      try timed(function, x, values, score)
    } catch {
      if case LimitError.stuck = error { throw error }
      if case LimitError.timeout = error { state.withLock { $0.usage.timeouts += 1 } }
      if limits.failure == .raise { throw error }
      return try halved(function, x, values, score)
    }
    mend(x, values, score)
  }

  /// Counts points that are about to be evaluated.
  private func spend(_ points: Int) throws {
    try state.withLock { state in
      let used = state.usage.points
      if limits.calls > 0, used + points > state.budget {
        throw LimitError.budget(used: used, budget: state.budget)
      }
      state.usage.points += points
      state.usage.calls += 1
    }
  }

  private func timed(
    _ function: @escaping FunctionDensity.Body, _ x: Points, _ values: UnsafeMutablePointer<Float>,
    _ score: UnsafeMutablePointer<Float>?
  ) throws {
    guard limits.timeout > 0 else { return try function(x, values, score) }
    guard stuck.count.load(ordering: .relaxed) < Self.stuckCalls else {
      throw LimitError.stuck(calls: Self.stuckCalls)
    }
    let call = SeparateCall(function, x, wantsScore: score != nil, stuck)
    guard try call.run(seconds: limits.timeout, into: values, score: score) else {
      throw LimitError.timeout(seconds: limits.timeout, points: x.count)
    }
  }

  /// Evaluates a batch that failed in two parts; a single point has failed for good.
  private func halved(
    _ function: @escaping FunctionDensity.Body, _ x: Points, _ values: UnsafeMutablePointer<Float>,
    _ score: UnsafeMutablePointer<Float>?
  ) throws {
    guard x.count > 1 else {
      values[0] = .nan
      score?.update(repeating: 0, count: x.dimension)
      return mend(x, values, score)
    }
    try x.forEachPiece(of: (x.count + 1) / 2) { piece, first in
      try attempt(function, piece, values + first, score.map { $0 + first * x.dimension })
    }
  }

  /// Gives failed points the value that the policy states.
  private func mend(
    _ x: Points, _ values: UnsafeMutablePointer<Float>, _ score: UnsafeMutablePointer<Float>?
  ) {
    let d = x.dimension
    let failed = (0..<x.count).filter { row in
      if values[row].isNaN || values[row] == .infinity { return true }
      guard let score, values[row] != -.infinity else { return false }
      return (0..<d).contains { !score[row * d + $0].isFinite }
    }
    guard !failed.isEmpty else { return }
    state.withLock { $0.usage.failures += failed.count }
    guard limits.failure != .raise else { return }
    for row in failed {
      values[row] = limits.failure == .reject ? -.infinity : Float(limits.value)
      if let score { (score + row * d).update(repeating: 0, count: d) }
    }
  }
}
