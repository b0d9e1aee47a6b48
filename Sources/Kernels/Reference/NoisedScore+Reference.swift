import KernelTables

extension ReferenceKernels {
  package static func addNoise(
    _ noise: UnsafeMutableRawPointer, around x: UnsafeRawPointer, scale: Double, rows: Int,
    columns: Int
  ) {
    for i in 0..<rows * columns {
      noise.doubles[i] = x.doubles[i % columns] + scale * noise.doubles[i]
    }
  }

  package static func accumulateWeighted(
    logDensity: UnsafeRawPointer, score: UnsafeRawPointer, rows: Int, columns: Int,
    into sum: UnsafeMutableRawPointer
  ) {
    let values = logDensity.doubles
    let largest = (0..<rows).reduce(sum.doubles[0]) { max($0, values[$1]) }
    guard largest > -.infinity else { return }
    let shrink = Elementary.exponential(sum.doubles[0] - largest)
    for j in 1..<2 + columns { sum.doubles[j] *= shrink }
    sum.doubles[0] = largest
    for k in 0..<rows {
      let weight = Elementary.exponential(values[k] - largest)
      guard weight > 0 else { continue }
      sum.doubles[1] += weight
      for j in 0..<columns { sum.doubles[2 + j] += weight * score.doubles[k * columns + j] }
    }
  }
}
