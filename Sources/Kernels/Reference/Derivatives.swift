#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import KernelTables

extension ReferenceKernels {
  /// The function's derivative in double precision; 0 at the corners of |x| and of the rectifier.
  package static func derivativeDefinition(of function: ElementwiseFunction) -> (Double) -> Double {
    switch function {
    case .exponential: { exp($0) }
    case .logarithm: { 1 / $0 }
    case .hyperbolicTangent: { 1 - tanh($0) * tanh($0) }
    case .errorFunction: { 2 / Double.pi.squareRoot() * exp(-$0 * $0) }
    case .sine: { cos($0) }
    case .cosine: { -sin($0) }
    case .sigmoid: { Elementary.sigmoid($0) * Elementary.sigmoid(-$0) }
    case .gelu: Elementary.geluDerivative
    case .silu: Elementary.siluDerivative
    case .softplus: Elementary.sigmoid
    case .logSigmoid: { Elementary.sigmoid(-$0) }
    case .relu: { $0 > 0 ? 1 : $0 <= 0 ? 0 : $0 }
    case .elu: { $0 > 0 ? 1 : exp($0) }
    case .absoluteValue: { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }
    case .square: { 2 * $0 }
    case .squareRoot: { 0.5 / $0.squareRoot().magnitude }
    case .reciprocal: { -1 / ($0 * $0) }
    }
  }
}

extension Elementary {
  /// Phi(x) + x phi(x).
  static func geluDerivative(_ x: Double) -> Double {
    guard x.magnitude < .infinity else { return x > 0 ? 1 : x < 0 ? 0 : x }
    return normalCumulative(x) + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot()
  }

  /// s + x s (1 - s) with s = 1 / (1 + exp(-x)).
  static func siluDerivative(_ x: Double) -> Double {
    guard x.magnitude < .infinity else { return x > 0 ? 1 : x < 0 ? 0 : x }
    return sigmoid(x) * (1 + x * sigmoid(-x))
  }
}
