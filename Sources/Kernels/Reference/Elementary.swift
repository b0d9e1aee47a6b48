#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

// The definitions of the elementwise kernels, in double precision and with the C library's
// functions: what the kernels are tested against, and the path for buffers of doubles.
//
// Goals, in order: obviousness; accuracy (about 1 ulp of a double). Not for anything that must
// give the same bits everywhere: C libraries differ in the last bit.

/// The slow, obvious twins of the kernels.
enum Elementary {
  /// e to the x.
  static func exponential(_ x: Double) -> Double { exp(x) }

  /// The natural logarithm.
  static func logarithm(_ x: Double) -> Double { log(x) }

  /// The hyperbolic tangent.
  static func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }

  /// The error function.
  static func errorFunction(_ x: Double) -> Double { erf(x) }

  /// The sine.
  static func sine(_ x: Double) -> Double { sin(x) }

  /// The cosine.
  static func cosine(_ x: Double) -> Double { cos(x) }

  /// 1 / (1 + exp(-x)).
  static func sigmoid(_ x: Double) -> Double {
    x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x))
  }

  /// x Phi(x), Phi by the complementary error function, which keeps the negative tail.
  static func gelu(_ x: Double) -> Double {
    x == -.infinity ? 0 : x * normalCumulative(x)
  }

  /// x / (1 + exp(-x)).
  static func silu(_ x: Double) -> Double { x == -.infinity ? 0 : x * sigmoid(x) }

  /// log(1 + exp(x)), by the function that keeps small results accurate.
  static func softplus(_ x: Double) -> Double { (x < 0 ? 0 : x) + log1p(exp(-x.magnitude)) }

  /// x where positive, exp(x) - 1 elsewhere.
  static func elu(_ x: Double) -> Double { x >= 0 ? x : expm1(x) }

  /// Phi(x), the normal distribution function.
  static func normalCumulative(_ x: Double) -> Double {
    erfc(-x * 0.5.squareRoot()) / 2
  }
}
