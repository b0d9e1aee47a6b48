import CVectors
import KernelTables

// Loops over dense buffers. The functions of one vector stand in files of their own; the names
// below that they share are told apart here, outside the type whose members hide them.

@_transparent
private func geluOfLanes(_ x: Lanes) -> Lanes { gelu(x) }
@_transparent
private func geluPairOfLanes(_ x: Lanes) -> (value: Lanes, derivative: Lanes) {
  geluWithDerivative(x)
}

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
    case .sine: mapLanes(x, y, count) { sineAndCosine($0).sine }
    case .cosine: mapLanes(x, y, count) { sineAndCosine($0).cosine }
    case .sigmoid: mapLanes(x, y, count, sigmoid)
    case .gelu: mapLanes(x, y, count) { geluOfLanes($0) }
    }
  }

  package static func geluWithDerivative(
    _ x: UnsafeRawPointer, to y: UnsafeMutableRawPointer, derivative: UnsafeMutableRawPointer,
    count: Int
  ) {
    let (x, y, derivative) = (x.floats, y.floats, derivative.floats)
    var i = 0
    while i < count {
      let run = Run(remaining: count &- i)
      let result = geluPairOfLanes(run.load(x + i))
      run.store(result.value, y + i)
      run.store(result.derivative, derivative + i)
      i &+= 16
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
    let bound = Float(bound)
    mapLanes(x, y, count) { atLeast(atMost($0, bound), 0 - bound) }
  }

  package static func countNonFinite(_ x: UnsafeRawPointer, count: Int) -> Int {
    let x = x.floats
    var total = 0
    for i in 0..<count where !x[i].isFinite { total += 1 }
    return total
  }
}
