import KernelTables

extension ReferenceKernels {
  package static func adam(
    _ c: AdamCoefficients, parameters: UnsafeMutableRawPointer, gradient: UnsafeRawPointer,
    moment: UnsafeMutableRawPointer, variance: UnsafeMutableRawPointer, count: Int
  ) {
    let (p, m, v) = (parameters.doubles, moment.doubles, variance.doubles)
    for i in 0..<count {
      let slope = c.gradientFactor * gradient.doubles[i] + c.weightDecay * p[i]
      m[i] = c.momentDecay * m[i] + (1 - c.momentDecay) * slope
      v[i] = c.varianceDecay * v[i] + (1 - c.varianceDecay) * slope * slope
      p[i] -= c.shrinkage * p[i]
      p[i] -= c.rate * m[i] / (v[i].squareRoot() / c.varianceCorrection + c.epsilon)
    }
  }
}
