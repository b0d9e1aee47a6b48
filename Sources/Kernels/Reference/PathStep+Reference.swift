import KernelTables

extension ReferenceKernels {
  package static func advance(
    _ step: GaussianStepCoefficients, _ buffers: GaussianStepBuffers, noise: UnsafeRawPointer,
    exploration: Double, logForward: UnsafeMutablePointer<Double>,
    logBackward: UnsafeMutablePointer<Double>
  ) {
    propose(step, buffers, noise: noise, exploration: exploration)
    self.logForward(step, buffers, to: logForward)
    self.logBackward(step, buffers, to: logBackward)
  }

  package static func reparametrizedGradient(
    _ step: GaussianStepCoefficients, _ buffers: GaussianStepBuffers,
    forward: UnsafePointer<Double>, backward: UnsafePointer<Double>,
    adjoint: UnsafeMutableRawPointer, drift: UnsafeMutableRawPointer, raw: UnsafeMutableRawPointer?
  ) {
    for i in 0..<buffers.rows * buffers.dimension {
      let row = i / buffers.dimension
      var q = 0.0
      if step.backwardVariance > 0 {
        let residual = buffers.x.doubles[i] - step.backwardRetention * buffers.next.doubles[i]
        q = backward[row] * residual / step.backwardVariance
      }
      let a = adjoint.doubles[i] + step.backwardRetention * q
      drift.doubles[i] = step.duration * a
      let t = logVariance(step, buffers, i).tanh
      let slope = step.logVarianceRange * (1 - t * t)
      raw?.doubles[i] = 0.5 * (a * residual(step, buffers, i) - forward[row]) * slope
      adjoint.doubles[i] = step.retention * a - q
    }
  }
}
