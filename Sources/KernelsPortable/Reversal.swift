import CVectors
import KernelTables

// One way back of a discretised diffusion for [rows, dimension] elements seen as one run. The sums of
// each row are those of GaussianStep.swift.

/// Mean and variance of x for one run of elements, and the tanh of both inputs.
private struct Reversal {
  let mean, meanTanh, variance, varianceFactor, varianceTanh: Lanes
}

@_transparent
private func reversal(
  _ step: GaussianStepCoefficients, _ buffers: ReversalBuffers, _ i: Int, _ run: Run
) -> Reversal {
  let next = run.load(buffers.next.floats + i)
  let loss = next * Float(1 - step.backwardRetention)
  let v = Float(step.backwardVariance)
  guard let mean = buffers.mean, let raw = buffers.raw else {
    return Reversal(
      mean: next - loss, meanTanh: Lanes(), variance: Lanes(repeating: v),
      varianceFactor: Lanes(repeating: 1), varianceTanh: Lanes())
  }
  let (range, one) = (Lanes(repeating: Float(buffers.range)), Lanes(repeating: 1))
  let a = hyperbolicTangent(run.load(mean.floats + i))
  let b = hyperbolicTangent(run.load(raw.floats + i))
  let factor = vector_fma(b, range, one)
  return Reversal(
    mean: vector_fma(Lanes() - loss, vector_fma(a, range, one), next), meanTanh: a,
    variance: factor * v, varianceFactor: factor, varianceTanh: b)
}

extension VectorKernels {
  package static func retreat(
    _ step: GaussianStepCoefficients, _ buffers: ReversalBuffers, noise: UnsafeRawPointer
  ) {
    let count = buffers.rows * buffers.dimension
    guard step.backwardVariance > 0 else {
      return buffers.x.floats.update(repeating: 0, count: count)
    }
    forEachRun(count) { i, run in
      let r = reversal(step, buffers, i, run)
      let x = vector_fma(vector_sqrt(r.variance), run.load(noise.floats + i), r.mean)
      run.store(x, buffers.x.floats + i)
    }
  }

  package static func logReversal(
    _ step: GaussianStepCoefficients, _ buffers: ReversalBuffers,
    to out: UnsafeMutablePointer<Double>
  ) {
    let d = buffers.dimension
    guard step.backwardVariance > 0 else {
      return out.update(repeating: 0, count: buffers.rows)
    }
    let constant = -0.5 * Double(d) * step.backwardConstant
    forEachSlice(rows: buffers.rows, columns: d) { first, rows, scratch in
      forEachRun(rows * d) { k, run in
        let i = first * d + k
        let r = reversal(step, buffers, i, run)
        let residual = run.load(UnsafePointer(buffers.x.floats + i)) - r.mean
        run.store(
          residual * residual / r.variance + logarithm(r.varianceFactor), scratch + k)
      }
      forEachRowSum(scratch, rows: rows, columns: d) { r, sum in
        out[first + r] = -0.5 * sum + constant
      }
    }
  }

  package static func logReversalGradient(
    _ step: GaussianStepCoefficients, _ buffers: ReversalBuffers, seed: UnsafePointer<Double>,
    mean: UnsafeMutableRawPointer, raw: UnsafeMutableRawPointer
  ) {
    let (d, count) = (buffers.dimension, buffers.rows * buffers.dimension)
    guard step.backwardVariance > 0 else {
      mean.floats.update(repeating: 0, count: count)
      return raw.floats.update(repeating: 0, count: count)
    }
    let range = Float(buffers.range)
    let pull = Float(step.backwardRetention - 1)
    forEachSlice(rows: buffers.rows, columns: d) { first, rows, scratch in
      for r in 0..<rows {
        (scratch + r * d).update(repeating: Float(seed[first + r]), count: d)
      }
      forEachRun(rows * d) { k, run in
        let i = first * d + k
        let r = reversal(step, buffers, i, run)
        let s = run.load(UnsafePointer(scratch + k)) * range
        let one = Lanes(repeating: 1)
        let residual = run.load(UnsafePointer(buffers.x.floats + i)) - r.mean
        let scaled = residual / r.variance
        let meanSlope = vector_fma(Lanes() - r.meanTanh, r.meanTanh, one)
        let shift = run.load(buffers.next.floats + i) * pull
        run.store(s * scaled * shift * meanSlope, mean.floats + i)
        let slope = vector_fma(Lanes() - r.varianceTanh, r.varianceTanh, one) * Float(0.5)
        let excess = vector_fma(residual, scaled, Lanes(repeating: -1)) / r.varianceFactor
        run.store(s * excess * slope, raw.floats + i)
      }
    }
  }
}
