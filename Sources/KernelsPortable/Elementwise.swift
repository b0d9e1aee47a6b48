import CVectors
import KernelTables

// Loops over dense buffers. The functions of one vector stand in files of their own, and each has a
// name: literal closures around them are left as calls.

extension VectorKernels {
  package static func map(
    _ function: ElementwiseFunction, _ x: UnsafeRawPointer, to y: UnsafeMutableRawPointer,
    count: Int
  ) {
    switch function {
    case .exponential: mapLanes(x, y, count, exponential)
    case .logarithm: mapLanes(x, y, count, logarithm)
    case .hyperbolicTangent: mapLanes(x, y, count, hyperbolicTangent)
    case .errorFunction: mapLanes(x, y, count, errorFunction)
    case .sine: mapLanes(x, y, count, sine)
    case .cosine: mapLanes(x, y, count, cosine)
    case .sigmoid: mapLanes(x, y, count, sigmoid)
    case .gelu: mapLanes(x, y, count, gelu)
    case .silu: mapLanes(x, y, count, silu)
    case .softplus: mapLanes(x, y, count, softplus)
    case .logSigmoid: mapLanes(x, y, count, logSigmoid)
    case .relu: mapLanes(x, y, count, relu)
    case .elu: mapLanes(x, y, count, elu)
    case .absoluteValue: mapLanes(x, y, count, absoluteValue)
    case .square: mapLanes(x, y, count, square)
    case .squareRoot: mapLanes(x, y, count, squareRoot)
    case .reciprocal: mapLanes(x, y, count, reciprocal)
    }
  }

  package static func mapWithDerivative(
    _ function: ElementwiseFunction, _ x: UnsafeRawPointer, to y: UnsafeMutableRawPointer,
    derivative d: UnsafeMutableRawPointer, count: Int
  ) {
    switch function {
    case .exponential: mapLanes(x, y, d, count, exponentialWithDerivative)
    case .logarithm: mapLanes(x, y, d, count, logarithmWithDerivative)
    case .hyperbolicTangent: mapLanes(x, y, d, count, hyperbolicTangentWithDerivative)
    case .errorFunction: mapLanes(x, y, d, count, errorFunctionWithDerivative)
    case .sine: mapLanes(x, y, d, count, sineWithDerivative)
    case .cosine: mapLanes(x, y, d, count, cosineWithDerivative)
    case .sigmoid: mapLanes(x, y, d, count, sigmoidWithDerivative)
    case .gelu: mapLanes(x, y, d, count, geluWithDerivative)
    case .silu: mapLanes(x, y, d, count, siluWithDerivative)
    case .softplus: mapLanes(x, y, d, count, softplusWithDerivative)
    case .logSigmoid: mapLanes(x, y, d, count, logSigmoidWithDerivative)
    case .relu: mapLanes(x, y, d, count, reluWithDerivative)
    case .elu: mapLanes(x, y, d, count, eluWithDerivative)
    case .absoluteValue: mapLanes(x, y, d, count, absoluteValueWithDerivative)
    case .square: mapLanes(x, y, d, count, squareWithDerivative)
    case .squareRoot: mapLanes(x, y, d, count, squareRootWithDerivative)
    case .reciprocal: mapLanes(x, y, d, count, reciprocalWithDerivative)
    }
  }

  package static func affine(
    _ x: UnsafeRawPointer, scale: Double, shift: Double, to y: UnsafeMutableRawPointer, count: Int,
    accumulating: Bool
  ) {
    let (x, y) = (x.floats, y.floats)
    let (scale, shift) = (Lanes(repeating: Float(scale)), Lanes(repeating: Float(shift)))
    forEachRun(count) { i, run in
      let start = accumulating ? run.load(UnsafePointer(y + i)) + shift : shift
      run.store(vector_fma(run.load(x + i), scale, start), y + i)
    }
  }

  package static func multiply(
    _ x: UnsafeRawPointer, _ z: UnsafeRawPointer, to out: UnsafeMutableRawPointer, count: Int,
    accumulating: Bool
  ) {
    let (x, z, out) = (x.floats, z.floats, out.floats)
    forEachRun(count) { i, run in
      let start = accumulating ? run.load(UnsafePointer(out + i)) : Lanes()
      run.store(vector_fma(run.load(x + i), run.load(z + i), start), out + i)
    }
  }

  package static func clip(
    _ x: UnsafeRawPointer, bound: Double, to y: UnsafeMutableRawPointer, count: Int
  ) {
    let (x, y, bound) = (x.floats, y.floats, Float(bound))
    forEachRun(count) { i, run in
      run.store(atLeast(atMost(run.load(x + i), bound), 0 - bound), y + i)
    }
  }

  package static func countNonFinite(_ x: UnsafeRawPointer, count: Int) -> Int {
    let x = x.floats
    var total = 0
    for i in 0..<count where !x[i].isFinite { total += 1 }
    return total
  }
}
