import KernelTables

extension ReferenceKernels {
  package static func retreat(
    _ step: GaussianStepCoefficients, _ buffers: ReversalBuffers, noise: UnsafeRawPointer
  ) {
    for i in 0..<buffers.rows * buffers.dimension {
      guard step.backwardVariance > 0 else {
        buffers.x.doubles[i] = 0
        continue
      }
      let r = reversal(step, buffers, i)
      buffers.x.doubles[i] =
        r.mean + (step.backwardVariance * r.factor).squareRoot() * noise.doubles[i]
    }
  }

  package static func logReversal(
    _ step: GaussianStepCoefficients, _ buffers: ReversalBuffers,
    to out: UnsafeMutablePointer<Double>
  ) {
    let d = buffers.dimension
    for row in 0..<buffers.rows {
      out[row] = (row * d..<(row + 1) * d).reduce(0) { sum, i in
        guard step.backwardVariance > 0 else { return 0 }
        let r = reversal(step, buffers, i)
        let residual = buffers.x.doubles[i] - r.mean
        let square = residual * residual / (step.backwardVariance * r.factor)
        return sum - 0.5 * (square + Elementary.logarithm(r.factor) + step.backwardConstant)
      }
    }
  }

  package static func logReversalGradient(
    _ step: GaussianStepCoefficients, _ buffers: ReversalBuffers, seed: UnsafePointer<Double>,
    mean: UnsafeMutableRawPointer, raw: UnsafeMutableRawPointer
  ) {
    for i in 0..<buffers.rows * buffers.dimension {
      (mean.doubles[i], raw.doubles[i]) = (0, 0)
      guard step.backwardVariance > 0 else { continue }
      let r = reversal(step, buffers, i)
      let s = seed[i / buffers.dimension] * buffers.range
      let residual = buffers.x.doubles[i] - r.mean
      let scaled = residual / (step.backwardVariance * r.factor)
      let shift = (step.backwardRetention - 1) * buffers.next.doubles[i]
      mean.doubles[i] = s * scaled * shift * (1 - r.meanTanh * r.meanTanh)
      raw.doubles[i] =
        s * 0.5 * (residual * scaled - 1) / r.factor * (1 - r.varianceTanh * r.varianceTanh)
    }
  }

  /// Mean of x, the factor on its variance, and the tanh of both inputs.
  private static func reversal(
    _ step: GaussianStepCoefficients, _ buffers: ReversalBuffers, _ i: Int
  ) -> (mean: Double, factor: Double, meanTanh: Double, varianceTanh: Double) {
    let next = buffers.next.doubles[i]
    let loss = (1 - step.backwardRetention) * next
    guard let mean = buffers.mean, let raw = buffers.raw else { return (next - loss, 1, 0, 0) }
    let a = Elementary.hyperbolicTangent(mean.doubles[i])
    let b = Elementary.hyperbolicTangent(raw.doubles[i])
    return (next - loss * (1 + buffers.range * a), 1 + buffers.range * b, a, b)
  }
}
