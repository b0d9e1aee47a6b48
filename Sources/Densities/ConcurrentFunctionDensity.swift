/// A density given as a function that many threads may call at the same time, each with rows of its own.
///
/// It must keep no state between calls, and what it says of a row must depend on that row only: which rows
/// come together is not fixed.
public final class ConcurrentFunctionDensity: Density {
  /// D.
  public let dimension: Int
  private let body: FunctionDensity.Body

  /// Wraps a value-only function.
  public init(dimension: Int, _ body: @escaping FunctionDensity.Body) {
    self.dimension = dimension
    self.body = body
  }

  /// The same function within limits.
  public func limited(by limiter: CallLimiter) -> ConcurrentFunctionDensity {
    ConcurrentFunctionDensity(dimension: dimension, limiter.limiting(body))
  }

  /// Calls the function for the values only.
  public func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) throws {
    try body(x, out, nil)
  }
}

/// A density given as a function that many threads may call, and that also fills the score.
public final class DifferentiableConcurrentFunctionDensity: DifferentiableDensity {
  /// D.
  public let dimension: Int
  private let body: FunctionDensity.Body

  /// Wraps a function.
  public init(dimension: Int, _ body: @escaping FunctionDensity.Body) {
    self.dimension = dimension
    self.body = body
  }

  /// The same function within limits.
  public func limited(by limiter: CallLimiter) -> DifferentiableConcurrentFunctionDensity {
    DifferentiableConcurrentFunctionDensity(dimension: dimension, limiter.limiting(body))
  }

  /// Calls the function for the values only.
  public func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) throws {
    try body(x, out, nil)
  }

  /// Calls the function for values and score.
  public func logDensity(
    of x: Points, into out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>
  ) throws {
    try body(x, out, score)
  }
}
