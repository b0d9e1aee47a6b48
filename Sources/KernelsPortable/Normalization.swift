import CVectors
import KernelTables

// Rows brought to mean 0 and mean square 1 (or only the latter), and the gradient:
//
//     n = (x - mean) r,  r = 1 / √(mean square of (x - mean) + ε),  y = gain n + bias
//     g = gain dy,  dx = r (g - mean(g) - n mean(g n))         without centring: r (g - n mean(g n))
//
// Goals, in order: the same bits on every processor; accuracy where the mean is large (the squares
// are of differences, in a pass of their own); speed: a row stays in the cache for all passes.

/// Mean and reciprocal root mean square of one row.
@inline(__always)
private func rowStatistics(
  _ plan: RowNormalization, _ x: UnsafePointer<Float>, _ columns: Int
) -> (mean: Float, inverse: Float) {
  let count = Float(columns)
  var sum = Lanes()
  if plan.isCentred {
    forEachRun(columns) { j, run in sum += run.load(x + j) }
  }
  let mean = sumOfLanes(sum) / count
  let centre = Lanes(repeating: mean)
  var squares = Lanes()
  forEachRun(columns) { j, run in
    // Lanes past the end hold 0 - mean, which must not count.
    let value = run.load(x + j) - centre
    let part = run.remaining >= 16 ? value : firstLanes(value, run.remaining)
    squares = vector_fma(part, part, squares)
  }
  let root = vector_sqrt(Lanes(repeating: sumOfLanes(squares) / count + Float(plan.epsilon)))
  return (mean, 1 / root[0])
}

/// The first lanes, the others zero.
@inline(__always)
private func firstLanes(_ x: Lanes, _ count: Int) -> Lanes {
  let numbers = IntegerLanes(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
  return Lanes().replacing(with: x, where: numbers .< IntegerLanes(repeating: Int32(count)))
}

extension VectorKernels {
  package static func normalizeRows(
    _ plan: RowNormalization, _ x: UnsafeRawPointer, to y: UnsafeMutableRawPointer,
    statistics: UnsafeMutableRawPointer, rows: Int, columns: Int
  ) {
    let (gain, bias) = (plan.gain?.floats, plan.bias?.floats)
    for r in 0..<rows {
      let (x, y) = (x.floats + r &* columns, y.floats + r &* columns)
      let (mean, inverse) = rowStatistics(plan, x, columns)
      statistics.floats[2 &* r] = mean
      statistics.floats[2 &* r &+ 1] = inverse
      let (centre, factor) = (Lanes(repeating: mean), Lanes(repeating: inverse))
      forEachRun(columns) { j, run in
        let n = (run.load(x + j) - centre) * factor
        let grown = gain.map { n * run.load($0 + j) } ?? n
        run.store(bias.map { grown + run.load($0 + j) } ?? grown, y + j)
      }
    }
  }

  package static func normalizeRowsGradient(
    _ plan: RowNormalization, _ x: UnsafeRawPointer, _ dy: UnsafeRawPointer,
    statistics: UnsafeRawPointer, to dx: UnsafeMutableRawPointer?, accumulating: Bool,
    gain: UnsafeMutableRawPointer?, bias: UnsafeMutableRawPointer?, rows: Int, columns: Int
  ) {
    for r in 0..<rows {
      let row = NormalizedRow(
        x: x.floats + r &* columns, dy: dy.floats + r &* columns, gain: plan.gain?.floats,
        mean: statistics.floats[2 &* r], inverse: statistics.floats[2 &* r &+ 1],
        isCentred: plan.isCentred, columns: columns)
      if let dx { row.sendToInput(dx.floats + r &* columns, accumulating: accumulating) }
      if let gain { row.addToGain(gain.floats) }
      if let bias { accumulate(row.dy, into: bias, count: columns) }
    }
  }
}

/// One row, what became of it, and the gradient of that.
private struct NormalizedRow {
  let x: UnsafePointer<Float>
  let dy: UnsafePointer<Float>
  let gain: UnsafePointer<Float>?
  let mean: Float
  let inverse: Float
  let isCentred: Bool
  let columns: Int

  /// gain dy.
  @inline(__always) func slope(_ j: Int, _ run: Run) -> Lanes {
    gain.map { run.load(dy + j) * run.load($0 + j) } ?? run.load(dy + j)
  }

  /// The row before gain and bias; lanes past the end do not matter.
  @inline(__always) func normal(_ j: Int, _ run: Run) -> Lanes {
    (run.load(x + j) - Lanes(repeating: mean)) * Lanes(repeating: inverse)
  }

  @inline(__always) func sendToInput(_ dx: UnsafeMutablePointer<Float>, accumulating: Bool) {
    var (sum, products) = (Lanes(), Lanes())
    forEachRun(columns) { j, run in
      let g = slope(j, run)
      sum += g
      products = vector_fma(g, normal(j, run), products)
    }
    let count = Float(columns)
    let shift = Lanes(repeating: isCentred ? 0 - sumOfLanes(sum) / count : 0)
    let along = Lanes(repeating: 0 - sumOfLanes(products) / count)
    let factor = Lanes(repeating: inverse)
    forEachRun(columns) { j, run in
      let start = accumulating ? run.load(UnsafePointer(dx + j)) : Lanes()
      let g = vector_fma(normal(j, run), along, slope(j, run) + shift)
      run.store(vector_fma(g, factor, start), dx + j)
    }
  }

  @inline(__always) func addToGain(_ out: UnsafeMutablePointer<Float>) {
    forEachRun(columns) { j, run in
      run.store(
        vector_fma(run.load(dy + j), normal(j, run), run.load(UnsafePointer(out + j))), out + j)
    }
  }
}
