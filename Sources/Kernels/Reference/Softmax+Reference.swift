import KernelTables

extension ReferenceKernels {
  package static func softmax(
    _ x: UnsafeRawPointer, scale: Double, _ mask: ColumnMask, to y: UnsafeMutableRawPointer,
    rows: Int, columns: Int
  ) {
    for r in 0..<rows {
      let seen = columnsSeen(mask, row: r, columns)
      let scores = seen.map { scale * x.doubles[r * columns + $0] }
      let total = logSumExp(scores)
      for j in 0..<columns { y.doubles[r * columns + j] = 0 }
      for (j, score) in zip(seen, scores) {
        y.doubles[r * columns + j] = Elementary.exponential(score - total)
      }
    }
  }

  package static func softmaxGradient(
    _ y: UnsafeRawPointer, _ dy: UnsafeRawPointer, scale: Double, to dx: UnsafeMutableRawPointer,
    rows: Int, columns: Int
  ) {
    for r in 0..<rows {
      let row = r * columns..<(r + 1) * columns
      let mean = row.reduce(0) { $0 + y.doubles[$1] * dy.doubles[$1] }
      for i in row { dx.doubles[i] = scale * y.doubles[i] * (dy.doubles[i] - mean) }
    }
  }

  package static func logSoftmax(
    _ x: UnsafeRawPointer, _ mask: ColumnMask, to y: UnsafeMutableRawPointer, rows: Int,
    columns: Int
  ) {
    for r in 0..<rows {
      let seen = columnsSeen(mask, row: r, columns)
      let scores = seen.map { x.doubles[r * columns + $0] }
      let total = logSumExp(scores)
      for j in 0..<columns { y.doubles[r * columns + j] = 0 }
      for (j, score) in zip(seen, scores) { y.doubles[r * columns + j] = score - total }
    }
  }

  package static func logSoftmaxGradient(
    _ y: UnsafeRawPointer, _ dy: UnsafeRawPointer, _ mask: ColumnMask,
    to dx: UnsafeMutableRawPointer, rows: Int, columns: Int
  ) {
    for r in 0..<rows {
      let seen = columnsSeen(mask, row: r, columns)
      let total = seen.reduce(0) { $0 + dy.doubles[r * columns + $1] }
      let sent = seen.map { j in
        let i = r * columns + j
        return dy.doubles[i] - Elementary.exponential(y.doubles[i]) * total
      }
      for j in 0..<columns { dx.doubles[r * columns + j] = 0 }
      for (j, slope) in zip(seen, sent) { dx.doubles[r * columns + j] = slope }
    }
  }

  /// The columns that count in a row.
  private static func columnsSeen(_ mask: ColumnMask, row: Int, _ columns: Int) -> [Int] {
    let limit = min(columns, mask.limit(row: row, columns: columns))
    let skipped = mask.skipped(row: row, columns: columns)
    let kept = mask.kept.map { $0.doubles + row % mask.keptRows * columns }
    return (0..<limit).filter { $0 != skipped && kept?[$0] != 0 }
  }

  private static func logSumExp(_ x: [Double]) -> Double {
    let greatest = x.reduce(-.infinity) { $1 > $0 ? $1 : $0 }
    return greatest
      + Elementary.logarithm(x.reduce(0) { $0 + Elementary.exponential($1 - greatest) })
  }
}
