import Glibc

// The definitions of the elementwise kernels, in double precision and with the C library's
// functions: what the kernels are tested against, and the path for buffers of doubles.
//
// Goals, in order: obviousness; accuracy (about 1 ulp of a double). Not for anything that must
// give the same bits everywhere: C libraries differ in the last bit.

/// The slow, obvious twins of the kernels.
package enum Reference {
  /// e to the x.
  package static func exponential(_ x: Double) -> Double { exp(x) }

  /// The natural logarithm.
  package static func logarithm(_ x: Double) -> Double { log(x) }

  /// The hyperbolic tangent.
  package static func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }

  /// The error function.
  package static func errorFunction(_ x: Double) -> Double { erf(x) }

  /// The sine.
  package static func sine(_ x: Double) -> Double { sin(x) }

  /// The cosine.
  package static func cosine(_ x: Double) -> Double { cos(x) }

  /// 1 / (1 + exp(-x)).
  package static func sigmoid(_ x: Double) -> Double {
    x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x))
  }

  /// x Phi(x), Phi by the complementary error function, which keeps the negative tail.
  package static func gelu(_ x: Double) -> Double {
    x == -.infinity ? 0 : x * normalCumulative(x)
  }

  /// Phi(x) + x phi(x).
  package static func geluDerivative(_ x: Double) -> Double {
    guard x.magnitude < .infinity else { return x > 0 ? 1 : x < 0 ? 0 : x }
    return normalCumulative(x) + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot()
  }

  /// Writes a function of a buffer to another, which may be the same.
  package static func map(
    _ source: UnsafePointer<Double>, _ result: UnsafeMutablePointer<Double>, _ count: Int,
    _ function: (Double) -> Double
  ) {
    for index in 0..<count { result[index] = function(source[index]) }
  }

  private static func normalCumulative(_ x: Double) -> Double {
    erfc(-x * 0.5.squareRoot()) / 2
  }
}
