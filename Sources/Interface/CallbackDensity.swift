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

/// A C callback as a density.
func callbackDensity(
  dimension: Int, _ callback: @escaping tightrope_log_density, hasScore: Bool,
  _ pointer: UnsafeMutableRawPointer?,
  _ destroy: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?
) -> any Density {
  let payload = Payload(pointer, destroy)
  let body: FunctionDensity.Body = { x, logDensity, score in
    let code = callback(x.data, x.count, logDensity, score, payload.pointer)
    if code != 0 { throw CallbackStatus(code: code, callback: "density") }
  }
  return hasScore
    ? DifferentiableFunctionDensity(dimension: dimension, body)
    : FunctionDensity(dimension: dimension, body)
}
