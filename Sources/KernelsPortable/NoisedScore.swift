import CVectors
import KernelTables

// Points around a point, and the running softmax average of their scores.
//
// Goals, in order: the same bits everywhere; no overflow, whatever the densities; no memory that grows
// with the number of points. Weights are made sixteen at a time, then each point's score is added, in
// order: lanes are columns.

extension VectorKernels {
  package static func addNoise(
    _ noise: UnsafeMutableRawPointer, around x: UnsafeRawPointer, scale: Double, rows: Int,
    columns: Int
  ) {
    let factor = Lanes(repeating: Float(scale))
    if 16 % columns == 0 {
      return addNoise(noise.floats, period(x.floats, columns), factor, count: rows * columns)
    }
    for k in 0..<rows {
      let row = noise.floats + k * columns
      forEachRun(columns) { j, run in
        run.store(vector_fma(run.load(row + j), factor, run.load(x.floats + j)), row + j)
      }
    }
  }

  package static func accumulateWeighted(
    logDensity: UnsafeRawPointer, score: UnsafeRawPointer, rows: Int, columns: Int,
    into sum: UnsafeMutableRawPointer
  ) {
    let (values, sum) = (logDensity.floats, sum.floats)
    let largest = largestValue(values, rows, atLeast: sum[0])
    guard largest > -.infinity else { return }
    let shrink = exponential(Lanes(repeating: sum[0] - largest))[0]
    for j in 1..<2 + columns { sum[j] *= shrink }
    sum[0] = largest
    var total = Lanes()
    forEachRun(rows) { k, run in
      let weights = run.keep(exponential(run.load(values + k) - Lanes(repeating: largest)))
      total += weights
      for lane in 0..<run.count where weights[lane] > 0 {
        add(weights[lane], score.floats + (k + lane) * columns, columns, to: sum + 2)
      }
    }
    sum[1] += sumOfLanes(total)
  }

  @inline(__always)
  private static func add(
    _ weight: Float, _ x: UnsafePointer<Float>, _ columns: Int,
    to sum: UnsafeMutablePointer<Float>
  ) {
    let factor = Lanes(repeating: weight)
    forEachRun(columns) { j, run in
      run.store(vector_fma(factor, run.load(x + j), run.load(sum + j)), sum + j)
    }
  }

  /// The largest of some numbers and a bound; NaN counts as the bound.
  @inline(__always)
  private static func largestValue(
    _ x: UnsafePointer<Float>, _ count: Int, atLeast bound: Float
  ) -> Float {
    var largest = Lanes(repeating: bound)
    forEachRun(count) { i, run in
      let lanes = run.load(x + i)
      let kept =
        run.remaining >= 16
        ? lanes : lanes.replacing(with: largest, where: .!firstLanes(run.remaining))
      largest = largest.replacing(with: kept, where: kept .> largest)
    }
    return maxOfLanes(largest)
  }

  /// A row of 1, 2, 4, 8 or 16 columns over and over.
  @inline(__always)
  private static func period(_ x: UnsafePointer<Float>, _ columns: Int) -> Lanes {
    var lanes = Lanes()
    for lane in 0..<16 { lanes[lane] = x[lane % columns] }
    return lanes
  }

  @inline(__always)
  private static func addNoise(
    _ noise: UnsafeMutablePointer<Float>, _ x: Lanes, _ factor: Lanes, count: Int
  ) {
    forEachRun(count) { i, run in
      run.store(vector_fma(run.load(noise + i), factor, x), noise + i)
    }
  }
}

/// The mask of the first lanes.
@inline(__always)
private func firstLanes(_ count: Int) -> LaneMask {
  let numbers = IntegerLanes(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
  return numbers .< IntegerLanes(repeating: Int32(truncatingIfNeeded: count))
}
