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
  /// x / (1 + exp(-x)), the sigmoid linear unit, at most 4 ulp off.
  case silu
  /// log(1 + exp(x)), at most 3 ulp off.
  case softplus
  /// -log(1 + exp(-x)), at most 3 ulp off.
  case logSigmoid = "log-sigmoid"
  /// max(x, 0), exact.
  case relu
  /// x where positive, exp(x) - 1 elsewhere, at most 1 ulp off.
  case elu
  /// |x|, exact.
  case absoluteValue = "absolute-value"
  /// x², rounded once.
  case square
  /// √x, rounded once; NaN below 0.
  case squareRoot = "square-root"
  /// 1 / x, rounded once.
  case reciprocal
}

/// Elementwise functions on dense buffers.
package protocol ElementwiseKernels {
  /// y = f(x); y may be x.
  static func map(
    _ function: ElementwiseFunction, _ x: UnsafeRawPointer, to y: UnsafeMutableRawPointer,
    count: Int)

  /// y = f(x) with the bits of `map`, and f′(x); y or the derivative may be x.
  ///
  /// The derivative's error is at most 2⁻²² of the larger of 1 and its magnitude. At kinks: 0 for |x| and the
  /// rectifier at 0.
  static func mapWithDerivative(
    _ function: ElementwiseFunction, _ x: UnsafeRawPointer, to y: UnsafeMutableRawPointer,
    derivative: UnsafeMutableRawPointer, count: Int)

  /// y = scale x + start with one rounding, where start = shift, or y + shift if `accumulating`.
  static func affine(
    _ x: UnsafeRawPointer, scale: Double, shift: Double, to y: UnsafeMutableRawPointer, count: Int,
    accumulating: Bool)

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
