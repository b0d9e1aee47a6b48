import KernelTables

extension ReferenceKernels {
  package static func mixture(
    _ mixture: MixtureParameters, x: UnsafeRawPointer, rows: Int,
    logDensity out: UnsafeMutableRawPointer, score: UnsafeMutableRawPointer?
  ) {
    let d = mixture.dimension
    for r in 0..<rows {
      let point = x.doubles + r * d
      let terms = (0..<mixture.components).map { k in
        let mean = mixture.means.doubles + k * d
        let square = (0..<d).reduce(0) { $0 + (point[$1] - mean[$1]) * (point[$1] - mean[$1]) }
        return mixture.logScales.doubles[k] - 0.5 * mixture.precision * square
      }
      let largest = terms.max() ?? 0
      let weights = terms.map { Elementary.exponential($0 - largest) }
      let total = weights.reduce(0, +)
      out.doubles[r] = Elementary.logarithm(total) + largest
      guard let score else { continue }
      for j in 0..<d {
        score.doubles[r * d + j] = weights.indices.reduce(0) { sum, k in
          let pull = mixture.precision * (mixture.means.doubles[k * d + j] - point[j])
          return sum + weights[k] / total * pull
        }
      }
    }
  }
}
