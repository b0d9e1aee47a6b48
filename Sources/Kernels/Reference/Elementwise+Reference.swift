import KernelTables

extension ReferenceKernels {
  package static func map(
    _ function: ElementwiseFunction, _ x: UnsafeRawPointer, to y: UnsafeMutableRawPointer,
    count: Int
  ) {
    let value = definition(of: function)
    for i in 0..<count { y.doubles[i] = value(x.doubles[i]) }
  }

  /// The function in double precision.
  package static func definition(of function: ElementwiseFunction) -> (Double) -> Double {
    switch function {
    case .exponential: Elementary.exponential
    case .logarithm: Elementary.logarithm
    case .hyperbolicTangent: Elementary.hyperbolicTangent
    case .errorFunction: Elementary.errorFunction
    case .sine: Elementary.sine
    case .cosine: Elementary.cosine
    case .sigmoid: Elementary.sigmoid
    case .gelu: Elementary.gelu
    }
  }

  package static func geluWithDerivative(
    _ x: UnsafeRawPointer, to y: UnsafeMutableRawPointer, derivative: UnsafeMutableRawPointer,
    count: Int
  ) {
    for i in 0..<count {
      let value = x.doubles[i]
      y.doubles[i] = Elementary.gelu(value)
      derivative.doubles[i] = Elementary.geluDerivative(value)
    }
  }

  package static func multiply(
    _ x: UnsafeRawPointer, _ z: UnsafeRawPointer, to out: UnsafeMutableRawPointer, count: Int,
    accumulating: Bool
  ) {
    for i in 0..<count {
      let product = x.doubles[i] * z.doubles[i]
      out.doubles[i] = accumulating ? out.doubles[i] + product : product
    }
  }

  package static func clip(
    _ x: UnsafeRawPointer, bound: Double, to y: UnsafeMutableRawPointer, count: Int
  ) {
    for i in 0..<count {
      let value = x.doubles[i]
      y.doubles[i] = value > bound ? bound : value < -bound ? -bound : value
    }
  }

  package static func countNonFinite(_ x: UnsafeRawPointer, count: Int) -> Int {
    (0..<count).count { !x.doubles[$0].isFinite }
  }
}
