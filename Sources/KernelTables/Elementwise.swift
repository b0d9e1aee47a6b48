/// A function of one number, applied to every element of a buffer.
package enum ElementwiseFunction: String, CaseIterable, Sendable {
  /// exp(x), at most 1 ulp off.
  case exponential
  /// log(x), at most 1 ulp off.
  case logarithm
  /// tanh(x), at most 2 ulp off.
  case hyperbolicTangent = "hyperbolic-tangent"
  /// erf(x), at most 2 ulp off.
  case errorFunction = "error-function"
  /// sin(x), at most 2 ulp off.
  case sine
  /// cos(x), at most 2 ulp off.
  case cosine
  /// 1 / (1 + exp(-x)), at most 3 ulp off.
  case sigmoid
  /// x Φ(x), the Gaussian error linear unit, at most 7 ulp off.
  case gelu
}

/// Elementwise functions on dense buffers.
package protocol ElementwiseKernels {
  /// y = f(x); y may be x.
  static func map(
    _ function: ElementwiseFunction, _ x: UnsafeRawPointer, to y: UnsafeMutableRawPointer,
    count: Int)

  /// y = x Φ(x) with the bits of `map(.gelu)`, and its derivative Φ(x) + x φ(x).
  static func geluWithDerivative(
    _ x: UnsafeRawPointer, to y: UnsafeMutableRawPointer, derivative: UnsafeMutableRawPointer,
    count: Int)

  /// out += x z, or out = x z where `accumulating` is false.
  static func multiply(
    _ x: UnsafeRawPointer, _ z: UnsafeRawPointer, to out: UnsafeMutableRawPointer, count: Int,
    accumulating: Bool)

  /// y = min(max(x, -bound), bound); a NaN stays.
  static func clip(
    _ x: UnsafeRawPointer, bound: Double, to y: UnsafeMutableRawPointer, count: Int)

  /// The number of elements that are NaN or infinite.
  static func countNonFinite(_ x: UnsafeRawPointer, count: Int) -> Int
}
