import CVectors
import KernelTables

extension VectorKernels {
  package static func sgd(
    _ coefficients: SGDCoefficients, parameters: UnsafeMutableRawPointer,
    gradient: UnsafeRawPointer, velocity: UnsafeMutableRawPointer, count: Int
  ) {
    let (p, g, v) = (parameters.floats, gradient.floats, velocity.floats)
    let rate = Lanes(repeating: Float(0 - coefficients.rate))
    let momentum = Lanes(repeating: Float(coefficients.momentum))
    let decay = Lanes(repeating: Float(coefficients.weightDecay))
    let clip = Lanes(repeating: Float(coefficients.gradientFactor))
    // The step is the velocity, or slope + μ velocity: both as a slope + b velocity.
    let slopeShare = Lanes(repeating: coefficients.nesterov ? 1 : 0)
    let velocityShare = coefficients.nesterov ? momentum : Lanes(repeating: 1)
    forEachRun(count) { i, run in
      let old = run.load(UnsafePointer(p + i))
      let slope = vector_fma(decay, old, clip * run.load(g + i))
      let speed = vector_fma(momentum, run.load(UnsafePointer(v + i)), slope)
      run.store(speed, v + i)
      let step = vector_fma(velocityShare, speed, slopeShare * slope)
      run.store(vector_fma(rate, step, old), p + i)
    }
  }
}
