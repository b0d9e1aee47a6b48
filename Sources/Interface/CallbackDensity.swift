import CTightrope
import Densities

/// The caller's payload, destroyed with its last user.
private final class Payload: @unchecked Sendable {
  let pointer: UnsafeMutableRawPointer?
  private let destroy: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?

  init(
    _ pointer: UnsafeMutableRawPointer?,
    _ destroy: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?
  ) {
    self.pointer = pointer
    self.destroy = destroy
  }

  deinit { destroy?(pointer) }
}

/// A C callback as a density, which threads call by turns.
func callbackDensity(
  dimension: Int, _ callback: @escaping tightrope_log_density, hasScore: Bool,
  _ pointer: UnsafeMutableRawPointer?,
  _ destroy: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?
) -> any Density {
  let body = body(of: callback, Payload(pointer, destroy))
  return hasScore
    ? DifferentiableFunctionDensity(dimension: dimension, body)
    : FunctionDensity(dimension: dimension, body)
}

/// A C function as a density, which threads call at the same time.
func concurrentDensity(
  dimension: Int, _ function: @escaping tightrope_log_density, hasScore: Bool,
  _ pointer: UnsafeMutableRawPointer?,
  _ destroy: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?
) -> any Density {
  let body = body(of: function, Payload(pointer, destroy))
  return hasScore
    ? DifferentiableConcurrentFunctionDensity(dimension: dimension, body)
    : ConcurrentFunctionDensity(dimension: dimension, body)
}

/// A C callback as densities of some conditions; points without a condition go with the first.
func conditionalDensity(
  dimension: Int, _ callback: @escaping tightrope_conditional_log_density, hasScore: Bool,
  _ conditions: FunctionConditions, _ pointer: UnsafeMutableRawPointer?,
  _ destroy: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?
) -> any Density {
  let payload = Payload(pointer, destroy)
  let body: FunctionDensity.Body = { x, logDensity, score in
    let first = x.conditions == nil ? [Int32](repeating: 0, count: x.count) : []
    let code = first.withUnsafeBufferPointer {
      callback(
        x.data, x.conditions ?? $0.baseAddress, x.count, logDensity, score, payload.pointer)
    }
    if code != 0 { throw CallbackStatus(code: code, callback: "density") }
  }
  return hasScore
    ? ConditionalFunctionDensity(
      DifferentiableFunctionDensity(dimension: dimension, body), conditions)
    : ConditionalFunctionDensity(FunctionDensity(dimension: dimension, body), conditions)
}

private func body(
  of callback: @escaping tightrope_log_density, _ payload: Payload
) -> FunctionDensity.Body {
  { x, logDensity, score in
    let code = callback(x.data, x.count, logDensity, score, payload.pointer)
    if code != 0 { throw CallbackStatus(code: code, callback: "density") }
  }
}
