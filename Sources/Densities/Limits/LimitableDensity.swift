/// A density whose function can be used within limits.
public protocol LimitableDensity: Density {
  /// The same function within limits.
  func limited(by limiter: CallLimiter) -> Self
}

extension FunctionDensity: LimitableDensity {}
extension DifferentiableFunctionDensity: LimitableDensity {}
extension ConcurrentFunctionDensity: LimitableDensity {}
extension DifferentiableConcurrentFunctionDensity: LimitableDensity {}

extension ConditionalFunctionDensity: LimitableDensity where Function: LimitableDensity {
  /// The same function within limits.
  public func limited(by limiter: CallLimiter) -> ConditionalFunctionDensity {
    ConditionalFunctionDensity(function.limited(by: limiter), conditions)
  }
}
