import CVectors
import KernelTables

// Σ -a⁴ + 6a² + a/2 - b²/2 over pairs of adjacent columns (a, b), and its gradient.
//
// Lanes are sixteen adjacent columns of one point. Both kinds of columns are the polynomial
// x (p + x (q + r x²)) with coefficients that alternate, zero at the zeros past the end of a row. A
// square that overflows is held at the greatest float, for r is 0 in every second lane and 0 times an
// infinity is not 0.

extension VectorKernels {
  package static func manyWell(
    x: UnsafeRawPointer, rows: Int, dimension: Int, logDensity out: UnsafeMutableRawPointer,
    score: UnsafeMutableRawPointer?
  ) {
    let p = Lanes(0.5, 0, 0.5, 0, 0.5, 0, 0.5, 0, 0.5, 0, 0.5, 0, 0.5, 0, 0.5, 0)
    let q = Lanes(6, -0.5, 6, -0.5, 6, -0.5, 6, -0.5, 6, -0.5, 6, -0.5, 6, -0.5, 6, -0.5)
    let r = Lanes(-1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0)
    let (slopeOfQ, slopeOfR) = (q + q, Lanes(repeating: 4) * r)
    for row in 0..<rows {
      let point = x.floats + row * dimension
      var sum = Lanes()
      forEachRun(dimension) { j, run in
        let value = run.load(point + j)
        let square = atMost(value * value, .greatestFiniteMagnitude)
        let inner = vector_fma(value, vector_fma(square, r, q), p)
        sum = vector_fma(value, inner, sum)
        guard let score else { return }
        let slope = vector_fma(value, vector_fma(square, slopeOfR, slopeOfQ), p)
        run.store(slope, score.floats + row * dimension + j)
      }
      out.floats[row] = sumOfLanes(sum)
    }
  }
}
