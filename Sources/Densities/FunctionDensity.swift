import Synchronization

/// A density given as a function: the door for one's own problems.
///
/// The function is never called by two threads at once.
public final class FunctionDensity: Density {
  /// Writes log ρ of every point and, where the pointer is there, the score; may throw.
  public typealias Body =
    @Sendable (
      _ x: Points, _ logDensity: UnsafeMutablePointer<Float>, _ score: UnsafeMutablePointer<Float>?
    ) throws -> Void

  /// D.
  public let dimension: Int
  private let body: Body
  private let turn = Mutex(())

  /// Wraps a value-only function.
  public init(dimension: Int, _ body: @escaping Body) {
    self.dimension = dimension
    self.body = body
  }

  /// Calls the function for the values only.
  public func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) throws {
    try call(x, out, nil)
  }

  /// The same function within limits.
  public func limited(by limiter: CallLimiter) -> FunctionDensity {
    FunctionDensity(dimension: dimension, limiter.limiting(body))
  }

  fileprivate func call(
    _ x: Points, _ out: UnsafeMutablePointer<Float>, _ score: UnsafeMutablePointer<Float>?
  ) throws {
    try turn.withLock { _ in try body(x, out, score) }
  }
}

/// A density given as a function that also fills the score.
public final class DifferentiableFunctionDensity: DifferentiableDensity {
  /// D.
  public let dimension: Int
  private let function: FunctionDensity
  private let body: FunctionDensity.Body

  /// Wraps a function.
  public init(dimension: Int, _ body: @escaping FunctionDensity.Body) {
    self.dimension = dimension
    function = FunctionDensity(dimension: dimension, body)
    self.body = body
  }

  /// The same function within limits.
  public func limited(by limiter: CallLimiter) -> DifferentiableFunctionDensity {
    DifferentiableFunctionDensity(dimension: dimension, limiter.limiting(body))
  }

  /// Calls the function for the values only.
  public func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) throws {
    try function.call(x, out, nil)
  }

  /// Calls the function for values and score.
  public func logDensity(
    of x: Points, into out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>
  ) throws {
    try function.call(x, out, score)
  }
}
