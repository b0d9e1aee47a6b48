import CVectors
import KernelTables

// Σ x² in double precision. The square of a float is exact as a double, and no sum of fewer than
// 2⁷⁰⁰ of them overflows, so the result is finite exactly if all elements are. Lane l adds elements
// l, l + 16, …; the lanes are added by halves.

/// Sixteen doubles.
private typealias DoubleLanes = SIMD16<Double>

extension VectorKernels {
  package static func sumOfSquares(_ x: UnsafeRawPointer, count: Int) -> Double {
    var sum = DoubleLanes()
    forEachRun(count) { i, run in
      let value = vector_double(run.load(x.floats + i))
      sum += value * value
    }
    let eight = sum.lowHalf + sum.highHalf
    let four = eight.lowHalf + eight.highHalf
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1]
  }
}
