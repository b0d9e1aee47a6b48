import KernelTables

extension ReferenceKernels {
  package static func sgd(
    _ c: SGDCoefficients, parameters: UnsafeMutableRawPointer, gradient: UnsafeRawPointer,
    velocity: UnsafeMutableRawPointer, count: Int
  ) {
    let (p, v) = (parameters.doubles, velocity.doubles)
    for i in 0..<count {
      let slope = c.gradientFactor * gradient.doubles[i] + c.weightDecay * p[i]
      v[i] = c.momentum * v[i] + slope
      p[i] -= c.rate * (c.nesterov ? slope + c.momentum * v[i] : v[i])
    }
  }
}
