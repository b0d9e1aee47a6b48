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
    case .silu: Elementary.silu
    case .softplus: Elementary.softplus
    case .logSigmoid: { -Elementary.softplus(-$0) }
    case .relu: { $0 < 0 ? 0 : $0 }
    case .elu: Elementary.elu
    case .absoluteValue: { $0.magnitude }
    case .square: { $0 * $0 }
    case .squareRoot: { $0.squareRoot() }
    case .reciprocal: { 1 / $0 }
    }
  }

  package static func mapWithDerivative(
    _ function: ElementwiseFunction, _ x: UnsafeRawPointer, to y: UnsafeMutableRawPointer,
    derivative: UnsafeMutableRawPointer, count: Int
  ) {
    let (value, slope) = (definition(of: function), derivativeDefinition(of: function))
    for i in 0..<count {
      let argument = x.doubles[i]
      y.doubles[i] = value(argument)
      derivative.doubles[i] = slope(argument)
    }
  }

  package static func affine(
    _ x: UnsafeRawPointer, scale: Double, shift: Double, to y: UnsafeMutableRawPointer, count: Int,
    accumulating: Bool
  ) {
    for i in 0..<count {
      let start = accumulating ? y.doubles[i] + shift : shift
      y.doubles[i] = start.addingProduct(scale, x.doubles[i])
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
