import CVectors
import KernelTables

// log N(v; 0, σ²) + Σ log N(w_j; 0, e^v) and its gradient.
//
// Lanes are sixteen points at once, so the sum of squares runs over the columns in order. The
// exponential and the sum are held at the greatest float: of an infinity and a zero, the product
// would be NaN where the density is finite or zero.

extension VectorKernels {
  package static func funnel(
    _ funnel: FunnelParameters, x: UnsafeRawPointer, rows: Int,
    logDensity out: UnsafeMutableRawPointer, score: UnsafeMutableRawPointer?
  ) {
    let d = funnel.dimension
    forEachRun(rows) { r, run in
      funnelRun(
        funnel, x: x.floats + r * d, rows: run.count, logDensity: out.floats + r,
        score: score.map { $0.floats + r * d })
    }
  }
}

/// Up to sixteen points.
@inline(__always)
private func funnelRun(
  _ funnel: FunnelParameters, x: UnsafePointer<Float>, rows: Int,
  logDensity out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>?
) {
  let d = funnel.dimension
  let first = column(0, of: x, rows: rows, dimension: d)
  let narrowness = atMost(exponential(Lanes() - first), .greatestFiniteMagnitude)
  var squares = Lanes()
  for j in 1..<max(1, d) {
    let value = column(j, of: x, rows: rows, dimension: d)
    squares = vector_fma(value, value, squares)
  }
  let half = Lanes(repeating: 0.5)
  let energy = half * narrowness * atMost(squares, .greatestFiniteMagnitude)
  let pull = Lanes(repeating: Float(-funnel.precision)) * first
  let width = Lanes(repeating: Float(-0.5 * Double(d - 1)))
  let inner = vector_fma(half, pull, width)
  storeLanes(
    vector_fma(first, inner, Lanes(repeating: Float(funnel.constant))) - energy, to: out,
    remaining: rows)
  guard let score else { return }
  let slope = pull + width + energy
  let factor = Lanes() - narrowness
  for r in 0..<rows {
    score[r * d] = slope[r]
    for j in 1..<max(1, d) { score[r * d + j] = factor[r] * x[r * d + j] }
  }
}

/// A column of up to sixteen points; zero past the last.
@inline(__always)
private func column(
  _ j: Int, of x: UnsafePointer<Float>, rows: Int, dimension: Int
) -> Lanes {
  var result = Lanes()
  for r in 0..<rows { result[r] = x[r * dimension + j] }
  return result
}
