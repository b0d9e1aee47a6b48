import KernelTables

extension ReferenceKernels {
  package static func normalizeRows(
    _ plan: RowNormalization, _ x: UnsafeRawPointer, to y: UnsafeMutableRawPointer,
    statistics: UnsafeMutableRawPointer, rows: Int, columns: Int
  ) {
    let count = Double(columns)
    for r in 0..<rows {
      let row = (0..<columns).map { x.doubles[r * columns + $0] }
      let mean = plan.isCentred ? row.reduce(0, +) / count : 0
      let square = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
      let inverse = 1 / (square + plan.epsilon).squareRoot()
      statistics.doubles[2 * r] = mean
      statistics.doubles[2 * r + 1] = inverse
      for j in 0..<columns {
        y.doubles[r * columns + j] =
          (plan.gain?.doubles[j] ?? 1) * (row[j] - mean) * inverse + (plan.bias?.doubles[j] ?? 0)
      }
    }
  }

  package static func normalizeRowsGradient(
    _ plan: RowNormalization, _ x: UnsafeRawPointer, _ dy: UnsafeRawPointer,
    statistics: UnsafeRawPointer, to dx: UnsafeMutableRawPointer?, accumulating: Bool,
    gain: UnsafeMutableRawPointer?, bias: UnsafeMutableRawPointer?, rows: Int, columns: Int
  ) {
    let count = Double(columns)
    for r in 0..<rows {
      let (mean, inverse) = (statistics.doubles[2 * r], statistics.doubles[2 * r + 1])
      let first = r * columns
      let normal = (0..<columns).map { (x.doubles[first + $0] - mean) * inverse }
      let slope = (0..<columns).map { dy.doubles[first + $0] * (plan.gain?.doubles[$0] ?? 1) }
      let shift = plan.isCentred ? slope.reduce(0, +) / count : 0
      let along = zip(slope, normal).reduce(0) { $0 + $1.0 * $1.1 } / count
      for j in 0..<columns {
        if let gain { gain.doubles[j] += dy.doubles[first + j] * normal[j] }
        if let bias { bias.doubles[j] += dy.doubles[first + j] }
        guard let dx = dx?.doubles else { continue }
        let sent = inverse * (slope[j] - shift - normal[j] * along)
        dx[first + j] = accumulating ? dx[first + j] + sent : sent
      }
    }
  }
}
