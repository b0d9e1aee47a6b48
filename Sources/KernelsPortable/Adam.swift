import CVectors
import KernelTables

extension VectorKernels {
  package static func adam(
    _ coefficients: AdamCoefficients, parameters: UnsafeMutableRawPointer,
    gradient: UnsafeRawPointer, moment: UnsafeMutableRawPointer, variance: UnsafeMutableRawPointer,
    count: Int
  ) {
    let (p, g, m, v) = (parameters.floats, gradient.floats, moment.floats, variance.floats)
    let rate = Lanes(repeating: Float(0 - coefficients.rate))
    let keepM = Lanes(repeating: Float(coefficients.momentDecay))
    let takeM = Lanes(repeating: Float(1 - coefficients.momentDecay))
    let keepV = Lanes(repeating: Float(coefficients.varianceDecay))
    let takeV = Lanes(repeating: Float(1 - coefficients.varianceDecay))
    let correction = Lanes(repeating: Float(coefficients.varianceCorrection))
    let epsilon = Lanes(repeating: Float(coefficients.epsilon))
    let decay = Lanes(repeating: Float(coefficients.weightDecay))
    let clip = Lanes(repeating: Float(coefficients.gradientFactor))
    // Taken away rather than multiplied by 1 - αλ, a float that would hold αλ with few digits.
    let shrink = Lanes(repeating: Float(0 - coefficients.shrinkage))
    forEachRun(count) { i, run in
      let old = run.load(UnsafePointer(p + i))
      let slope = vector_fma(decay, old, clip * run.load(g + i))
      let mean = vector_fma(keepM, run.load(UnsafePointer(m + i)), takeM * slope)
      let square = vector_fma(keepV, run.load(UnsafePointer(v + i)), takeV * (slope * slope))
      run.store(mean, m + i)
      run.store(square, v + i)
      let root = vector_sqrt(square) / correction + epsilon
      run.store(vector_fma(rate, mean / root, vector_fma(shrink, old, old)), p + i)
    }
  }
}
