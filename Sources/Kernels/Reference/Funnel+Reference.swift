import KernelTables

extension ReferenceKernels {
  package static func funnel(
    _ funnel: FunnelParameters, x: UnsafeRawPointer, rows: Int,
    logDensity out: UnsafeMutableRawPointer, score: UnsafeMutableRawPointer?
  ) {
    let d = funnel.dimension
    for row in 0..<rows {
      let point = x.doubles + row * d
      let v = point[0]
      let narrowness = Elementary.exponential(-v)
      let squares = (1..<max(1, d)).reduce(0) { $0 + point[$1] * point[$1] }
      out.doubles[row] =
        funnel.constant - 0.5 * funnel.precision * v * v - 0.5 * Double(d - 1) * v
        - 0.5 * narrowness * squares
      guard let score else { continue }
      let slope = score.doubles + row * d
      slope[0] = -funnel.precision * v - 0.5 * Double(d - 1) + 0.5 * narrowness * squares
      for j in 1..<max(1, d) { slope[j] = -narrowness * point[j] }
    }
  }
}
