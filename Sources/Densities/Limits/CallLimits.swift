import Storage

/// What a failure of a function means: a status of its own, a call that takes too long, a NaN or +∞.
public enum FailurePolicy: String, Codable, Sendable, CaseIterable {
  /// It is passed on.
  case raise
  /// The points that fail have a density of zero.
  case reject
  /// The points that fail have a log ρ that is given, and a score of zero.
  case replace
}

/// How a function of the user's may be used.
public struct CallLimits: Codable, Sendable, Equatable {
  /// Points in one call at most; 0 for any number.
  public var batch = 0
  /// Points to evaluate in all; 0 for any number.
  public var calls = 0
  /// Points whose values are remembered, the latest ones.
  public var cache = 0
  /// Seconds that a call may take; 0 for any time.
  public var timeout = 0.0
  /// What a failure means.
  public var failure = FailurePolicy.raise
  /// log ρ of points that fail, in nats, where they are to be replaced.
  public var value = 0.0

  /// The defaults.
  public init() {}

  /// - Throws: `ConfigError` for numbers that make no sense.
  func validate() throws(ConfigError) {
    let counts = [("batch", batch), ("calls", calls), ("cache", cache)]
    for (name, count) in counts {
      try ConfigError.require(count >= 0, name, "it must not be negative")
    }
    try ConfigError.require(
      (0...1e9).contains(timeout), "timeout", "it must be from 0 to 1000000000 seconds")
    try ConfigError.require(value.isFinite, "value", "it must be finite")
  }
}

/// What a function was asked so far.
public struct CallUsage: Codable, Sendable, Equatable {
  /// Points evaluated by the function, failures and repetitions included.
  public var points = 0
  /// Calls of the function, with as many points in each as there were.
  public var calls = 0
  /// Points answered from memory.
  public var cached = 0
  /// Points without a value.
  public var failures = 0
  /// Calls that took too long.
  public var timeouts = 0
}

/// A function that was not called, or whose call was given up, because of its limits.
public enum LimitError: Error, CustomStringConvertible {
  /// It has been evaluated at so many points, and more would be beyond its budget.
  case budget(used: Int, budget: Int)
  /// A call took longer than so many seconds for so many points.
  case timeout(seconds: Double, points: Int)
  /// So many calls that took too long have not returned since.
  case stuck(calls: Int)

  /// One sentence for the user.
  public var description: String {
    switch self {
    case .budget(let used, let budget):
      "the density may be evaluated at \(budget) points in all, of which \(used) are used up"
    case .timeout(let seconds, let points):
      "the density took more than \(JSONValue(seconds).compact) s for \(points) "
        + (points == 1 ? "point" : "points")
    case .stuck(let calls):
      "\(calls) calls of the density have not returned long after their time was up"
    }
  }
}
