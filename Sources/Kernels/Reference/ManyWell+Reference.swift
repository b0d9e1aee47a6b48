import KernelTables

extension ReferenceKernels {
  package static func manyWell(
    x: UnsafeRawPointer, rows: Int, dimension: Int, logDensity out: UnsafeMutableRawPointer,
    score: UnsafeMutableRawPointer?
  ) {
    for row in 0..<rows {
      let point = x.doubles + row * dimension
      out.doubles[row] = stride(from: 0, to: dimension, by: 2).reduce(0) { sum, j in
        let (a, b) = (point[j], point[j + 1])
        return sum - a * a * a * a + 6 * a * a + 0.5 * a - 0.5 * b * b
      }
      guard let score else { continue }
      let slope = score.doubles + row * dimension
      for j in stride(from: 0, to: dimension, by: 2) {
        let a = point[j]
        slope[j] = -4 * a * a * a + 12 * a + 0.5
        slope[j + 1] = -point[j + 1]
      }
    }
  }
}
