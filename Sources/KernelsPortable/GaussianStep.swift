import CVectors
import KernelTables

// One transition of a discretised diffusion for [rows, dimension] elements seen as one run.
// Per-row sums of a Gaussian log-density go through sixteen fixed lanes and end in Double.

/// ℓ = logVariance + range tanh(raw), and tanh(raw).
@_transparent
func logVariance(
  _ step: GaussianStepCoefficients, _ raw: UnsafePointer<Float>?, _ i: Int, _ run: Run
) -> (value: Lanes, tanh: Lanes) {
  let center = Lanes(repeating: Float(step.logVariance))
  guard let raw, step.logVarianceRange != 0 else { return (center, Lanes()) }
  let t = hyperbolicTangent(run.load(raw + i))
  return (vector_fma(t, Lanes(repeating: Float(step.logVarianceRange)), center), t)
}

/// x′ - retention x - duration μ.
@_transparent
func residual(
  _ step: GaussianStepCoefficients, _ buffers: GaussianStepBuffers, _ i: Int, _ run: Run
) -> Lanes {
  let x = run.load(buffers.x.floats + i)
  let next = run.load(UnsafePointer(buffers.next.floats + i))
  let moved = vector_fma(x, Lanes(repeating: Float(0 - step.retention)), next)
  return vector_fma(
    run.load(buffers.drift.floats + i), Lanes(repeating: Float(0 - step.duration)), moved)
}

/// Sum of each row of x[rows, columns]: lane l adds columns l, l + 16, …; then the lanes by halves.
@inline(__always)
func forEachRowSum(
  _ x: UnsafePointer<Float>, rows: Int, columns: Int, _ body: (Int, Double) -> Void
) {
  for r in 0..<rows {
    var sum = Lanes()
    forEachRun(columns) { j, run in sum += run.load(x + r * columns + j) }
    body(r, Double(sumOfLanes(sum)))
  }
}

/// Rows that share one scratch area of at most this many elements.
private let scratchElements = 4096

/// Calls `body` with slices of rows small enough for the scratch area (a single row may be longer).
@inline(__always)
func forEachSlice(
  rows: Int, columns: Int, _ body: (_ first: Int, _ rows: Int, UnsafeMutablePointer<Float>) -> Void
) {
  let slice = max(1, scratchElements / max(1, columns))
  withScratch(min(slice, rows) * columns) { scratch in
    var r = 0
    while r < rows {
      body(r, min(slice, rows - r), scratch)
      r += slice
    }
  }
}

extension VectorKernels {
  package static func propose(
    _ step: GaussianStepCoefficients, _ buffers: GaussianStepBuffers, noise: UnsafeRawPointer,
    exploration: Double
  ) {
    let (retention, duration) = (Float(step.retention), Float(step.duration))
    let extra = Lanes(repeating: Float(exploration))
    forEachRun(buffers.rows * buffers.dimension) { i, run in
      let l = logVariance(step, buffers.raw?.floats, i, run).value
      let variance = vector_fma(exponential(l), Lanes(repeating: duration), extra)
      let drift = run.load(buffers.drift.floats + i) * duration
      let mean = vector_fma(
        run.load(buffers.x.floats + i), Lanes(repeating: retention), drift)
      let noise = run.load(noise.floats + i)
      run.store(vector_fma(vector_sqrt(variance), noise, mean), buffers.next.floats + i)
    }
  }

  package static func logForward(
    _ step: GaussianStepCoefficients, _ buffers: GaussianStepBuffers,
    to out: UnsafeMutablePointer<Double>
  ) {
    let d = buffers.dimension
    let inverse = Lanes(repeating: Float(1 / step.duration))
    let constant = Double(d) * step.forwardConstant
    forEachSlice(rows: buffers.rows, columns: d) { first, rows, scratch in
      forEachRun(rows * d) { k, run in
        let i = first * d + k
        let l = logVariance(step, buffers.raw?.floats, i, run).value
        let r = residual(step, buffers, i, run)
        let precision = exponential(Lanes() - l) * inverse
        run.store(vector_fma(r * r, precision, l), scratch + k)
      }
      forEachRowSum(scratch, rows: rows, columns: d) { r, sum in
        out[first + r] = -0.5 * (sum + constant)
      }
    }
  }

  package static func logBackward(
    _ step: GaussianStepCoefficients, _ buffers: GaussianStepBuffers,
    to out: UnsafeMutablePointer<Double>
  ) {
    let d = buffers.dimension
    guard step.backwardVariance > 0 else {
      for r in 0..<buffers.rows { out[r] = 0 }
      return
    }
    let factor = Lanes(repeating: Float(0 - step.backwardRetention))
    let scale = -0.5 / step.backwardVariance
    let constant = -0.5 * Double(d) * step.backwardConstant
    forEachSlice(rows: buffers.rows, columns: d) { first, rows, scratch in
      forEachRun(rows * d) { k, run in
        let i = first * d + k
        let next = run.load(UnsafePointer(buffers.next.floats + i))
        let r = vector_fma(next, factor, run.load(buffers.x.floats + i))
        run.store(r * r, scratch + k)
      }
      forEachRowSum(scratch, rows: rows, columns: d) { r, sum in
        out[first + r] = scale * sum + constant
      }
    }
  }

  package static func logForwardGradient(
    _ step: GaussianStepCoefficients, _ buffers: GaussianStepBuffers,
    seed: UnsafePointer<Double>, drift: UnsafeMutableRawPointer, raw: UnsafeMutableRawPointer?
  ) {
    let d = buffers.dimension
    let inverse = Lanes(repeating: Float(1 / step.duration))
    let duration = Lanes(repeating: Float(step.duration))
    let half = Float(0.5 * step.logVarianceRange)
    forEachSlice(rows: buffers.rows, columns: d) { first, rows, scratch in
      for r in 0..<rows {
        let s = Float(seed[first + r])
        for j in 0..<d { scratch[r * d + j] = s }
      }
      forEachRun(rows * d) { k, run in
        let i = first * d + k
        let l = logVariance(step, buffers.raw?.floats, i, run)
        let r = residual(step, buffers, i, run)
        let s = run.load(UnsafePointer(scratch + k))
        let scaled = r * (exponential(Lanes() - l.value) * inverse)
        run.store(s * scaled * duration, drift.floats + i)
        guard let raw else { return }
        let slope = vector_fma(Lanes() - l.tanh, l.tanh, Lanes(repeating: 1)) * half
        let excess = vector_fma(r, scaled, Lanes(repeating: -1))
        run.store(s * excess * slope, raw.floats + i)
      }
    }
  }
}
