import KernelTables

extension ReferenceKernels {
  package static func propose(
    _ step: GaussianStepCoefficients, _ buffers: GaussianStepBuffers, noise: UnsafeRawPointer,
    exploration: Double
  ) {
    for i in 0..<buffers.rows * buffers.dimension {
      let mean =
        step.retention * buffers.x.doubles[i] + step.duration * buffers.drift.doubles[i]
      let variance =
        step.duration * Elementary.exponential(logVariance(step, buffers, i).value) + exploration
      buffers.next.doubles[i] = mean + variance.squareRoot() * noise.doubles[i]
    }
  }

  package static func logForward(
    _ step: GaussianStepCoefficients, _ buffers: GaussianStepBuffers,
    to out: UnsafeMutablePointer<Double>
  ) {
    let d = buffers.dimension
    for r in 0..<buffers.rows {
      out[r] = (r * d..<(r + 1) * d).reduce(0) { sum, i in
        let l = logVariance(step, buffers, i).value
        let residual = residual(step, buffers, i)
        let square = residual * residual * Elementary.exponential(-l) / step.duration
        return sum - 0.5 * (square + l + step.forwardConstant)
      }
    }
  }

  package static func logBackward(
    _ step: GaussianStepCoefficients, _ buffers: GaussianStepBuffers,
    to out: UnsafeMutablePointer<Double>
  ) {
    let d = buffers.dimension
    for r in 0..<buffers.rows {
      out[r] = (r * d..<(r + 1) * d).reduce(0) { sum, i in
        guard step.backwardVariance > 0 else { return 0 }
        let residual = buffers.x.doubles[i] - step.backwardRetention * buffers.next.doubles[i]
        return sum - 0.5 * (residual * residual / step.backwardVariance + step.backwardConstant)
      }
    }
  }

  package static func logForwardGradient(
    _ step: GaussianStepCoefficients, _ buffers: GaussianStepBuffers,
    seed: UnsafePointer<Double>, drift: UnsafeMutableRawPointer, raw: UnsafeMutableRawPointer?
  ) {
    for i in 0..<buffers.rows * buffers.dimension {
      let l = logVariance(step, buffers, i)
      let s = seed[i / buffers.dimension]
      let residual = residual(step, buffers, i)
      let scaled = residual * Elementary.exponential(-l.value) / step.duration
      drift.doubles[i] = s * scaled * step.duration
      let slope = step.logVarianceRange * (1 - l.tanh * l.tanh)
      raw?.doubles[i] = s * 0.5 * (residual * scaled - 1) * slope
    }
  }

  static func logVariance(
    _ step: GaussianStepCoefficients, _ buffers: GaussianStepBuffers, _ i: Int
  ) -> (value: Double, tanh: Double) {
    guard let raw = buffers.raw, step.logVarianceRange != 0 else { return (step.logVariance, 0) }
    let t = Elementary.hyperbolicTangent(raw.doubles[i])
    return (step.logVariance + step.logVarianceRange * t, t)
  }

  static func residual(
    _ step: GaussianStepCoefficients, _ buffers: GaussianStepBuffers, _ i: Int
  ) -> Double {
    buffers.next.doubles[i] - step.retention * buffers.x.doubles[i]
      - step.duration * buffers.drift.doubles[i]
  }
}
