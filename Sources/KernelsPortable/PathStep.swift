import CVectors
import KernelTables

// One transition of a simulated path for [rows, dimension] elements: forwards everything in one
// pass, and the pass back through it.
//
// The sums of each row are those of GaussianStep.swift: sixteen lanes, then the lanes by halves. Long
// rows add up in registers; short rows are seen as one run of elements, and their terms go through
// a scratch area.

/// The terms of one run of elements of log P_F and log P_B, and x′ stored.
@_transparent
private func advanceRun(
  _ walk: Walk, _ buffers: GaussianStepBuffers, _ noise: UnsafePointer<Float>, _ i: Int, _ run: Run
) -> (forward: Lanes, backward: Lanes) {
  let l = logVariance(walk.step, buffers.raw?.floats, i, run).value
  let x = run.load(buffers.x.floats + i)
  let drift = run.load(buffers.drift.floats + i)
  let variance = vector_fma(
    exponential(l), Lanes(repeating: walk.duration), Lanes(repeating: walk.exploration))
  let mean = vector_fma(x, Lanes(repeating: walk.retention), drift * walk.duration)
  let next = vector_fma(vector_sqrt(variance), run.load(noise + i), mean)
  run.store(next, buffers.next.floats + i)
  let moved = vector_fma(x, Lanes(repeating: 0 - walk.retention), next)
  let r = vector_fma(drift, Lanes(repeating: 0 - walk.duration), moved)
  let precision = exponential(Lanes() - l) * walk.inverse
  let back = vector_fma(next, Lanes(repeating: walk.backwardFactor), x)
  return (vector_fma(r * r, precision, l), back * back)
}

/// The coefficients as floats.
private struct Walk {
  let step: GaussianStepCoefficients
  let retention, duration, inverse, exploration, backwardFactor: Float

  init(_ step: GaussianStepCoefficients, exploration: Double) {
    self.step = step
    retention = Float(step.retention)
    duration = Float(step.duration)
    inverse = Float(1 / step.duration)
    self.exploration = Float(exploration)
    backwardFactor = Float(0 - step.backwardRetention)
  }

  @inline(__always) func logForward(_ sum: Double, _ dimension: Int) -> Double {
    -0.5 * (sum + Double(dimension) * step.forwardConstant)
  }

  @inline(__always) func logBackward(_ sum: Double, _ dimension: Int) -> Double {
    guard step.backwardVariance > 0 else { return 0 }
    return -0.5 / step.backwardVariance * sum + -0.5 * Double(dimension) * step.backwardConstant
  }
}

extension VectorKernels {
  package static func advance(
    _ step: GaussianStepCoefficients, _ buffers: GaussianStepBuffers, noise: UnsafeRawPointer,
    exploration: Double, logForward: UnsafeMutablePointer<Double>,
    logBackward: UnsafeMutablePointer<Double>
  ) {
    let (walk, d) = (Walk(step, exploration: exploration), buffers.dimension)
    if d >= 16 {
      for r in 0..<buffers.rows {
        var forward = Lanes(), backward = Lanes()
        forEachRun(d) { j, run in
          let terms = advanceRun(walk, buffers, noise.floats, r * d + j, run)
          forward += run.keep(terms.forward)
          backward += run.keep(terms.backward)
        }
        logForward[r] = walk.logForward(Double(sumOfLanes(forward)), d)
        logBackward[r] = walk.logBackward(Double(sumOfLanes(backward)), d)
      }
    } else {
      advanceShortRows(walk, buffers, noise.floats, logForward, logBackward)
    }
  }

  package static func reparametrizedGradient(
    _ step: GaussianStepCoefficients, _ buffers: GaussianStepBuffers,
    forward: UnsafePointer<Double>, backward: UnsafePointer<Double>,
    adjoint: UnsafeMutableRawPointer, drift: UnsafeMutableRawPointer, raw: UnsafeMutableRawPointer?
  ) {
    let d = buffers.dimension
    let certain = step.backwardVariance == 0
    for r in 0..<buffers.rows {
      let f = Lanes(repeating: Float(forward[r]))
      let b = Lanes(repeating: certain ? 0 : Float(backward[r] / step.backwardVariance))
      forEachRun(d) { j, run in
        let i = r * d + j
        let x = run.load(buffers.x.floats + i)
        let next = run.load(UnsafePointer(buffers.next.floats + i))
        let back = vector_fma(next, Lanes(repeating: Float(0 - step.backwardRetention)), x)
        let q = b * back
        let a = vector_fma(
          q, Lanes(repeating: Float(step.backwardRetention)),
          run.load(UnsafePointer(adjoint.floats + i)))
        run.store(a * Float(step.duration), drift.floats + i)
        let before = vector_fma(a, Lanes(repeating: Float(step.retention)), Lanes() - q)
        run.store(before, adjoint.floats + i)
        guard let raw else { return }
        let t = logVariance(step, buffers.raw?.floats, i, run).tanh
        let slope =
          vector_fma(Lanes() - t, t, Lanes(repeating: 1)) * Float(0.5 * step.logVarianceRange)
        run.store(
          vector_fma(a, residual(step, buffers, i, run), Lanes() - f) * slope, raw.floats + i)
      }
    }
  }
}

/// `advance` for rows of fewer than sixteen elements.
private func advanceShortRows(
  _ walk: Walk, _ buffers: GaussianStepBuffers, _ noise: UnsafePointer<Float>,
  _ logForward: UnsafeMutablePointer<Double>, _ logBackward: UnsafeMutablePointer<Double>
) {
  let d = buffers.dimension
  let count = buffers.rows * d
  withScratch(2 * count) { forward in
    let backward = forward + count
    forEachRun(count) { i, run in
      let terms = advanceRun(walk, buffers, noise, i, run)
      run.store(terms.forward, forward + i)
      run.store(terms.backward, backward + i)
    }
    for r in 0..<buffers.rows {
      logForward[r] = walk.logForward(shortSum(forward + r * d, d), d)
      logBackward[r] = walk.logBackward(shortSum(backward + r * d, d), d)
    }
  }
}

/// The sum of fewer than sixteen elements by the tree of `sumOfLanes`.
@inline(__always)
private func shortSum(_ x: UnsafePointer<Float>, _ count: Int) -> Double {
  switch count {
  case 1: Double(x[0])
  case 2: Double(x[0] + x[1])
  default: Double(sumOfLanes(loadLanes(x, remaining: count)))
  }
}
