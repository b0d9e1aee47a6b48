import CVectors
import KernelTables

// Probabilities from scores, p_j = exp(s x_j - m) / Σ exp(s x - m) with m the greatest s x_j, and
// their gradients.
//
// Goals, in order: the same bits on every processor; no overflow for any finite scores; exact zeros
// where a column does not count, so that nothing reaches what is masked; speed.
//
// Method. Three passes over a row that stays in the cache: the greatest, exponentials and their sum, the
// quotient. Lane l adds columns l, l + 16, …, and the lanes are added by the tree of `sumOfLanes`.
// A column that does not count adds +0 to its lane, so a row has the same bits whether columns that it
// does not see exist or not: decoding step by step gives the numbers of the whole pass.
//
// exp below e⁻⁸⁷, where results would be denormal and slow, is 0.
//
// A NaN makes its whole row NaN; so does +∞, and a row of nothing but -∞.

/// 0, 1, … 15.
private let laneNumbers = IntegerLanes(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)

/// What one row does not see.
private struct RowSight {
  let limit: Int
  let skipped: Int
  let kept: UnsafePointer<Float>?

  @inline(__always) init(_ mask: ColumnMask, row: Int, columns: Int) {
    let limit = mask.limit(row: row, columns: columns)
    self.limit = limit < columns ? limit : columns
    skipped = mask.skipped(row: row, columns: columns)
    kept = mask.kept.map { $0.floats + row % mask.keptRows * columns }
  }

  /// Which of the sixteen columns from j on count.
  @inline(__always) func sees(_ j: Int, _ run: Run) -> LaneMask {
    let left = limit &- j
    var sight =
      laneNumbers .< IntegerLanes(repeating: Int32(truncatingIfNeeded: left < 16 ? left : 16))
    if skipped >= j, skipped < j &+ 16 {
      sight = sight .& (laneNumbers .!= IntegerLanes(repeating: Int32(skipped &- j)))
    }
    if let kept { sight = sight .& (run.load(kept + j) .!= Lanes()) }
    return sight
  }
}

/// exp(x) for x <= 0, 0 below -87; NaN stays NaN.
@_transparent
private func decay(_ x: Lanes) -> Lanes {
  moderateExponential(atLeast(x, -87)).replacing(with: Lanes(), where: x .< Lanes(repeating: -87))
}

/// The greatest scale x of the columns that count, NaN left out; -∞ where there is none.
@inline(__always)
private func greatest(
  _ x: UnsafePointer<Float>, _ scale: Float, _ sight: RowSight, _ columns: Int
) -> Float {
  let scale = Lanes(repeating: scale)
  var most = Lanes(repeating: -.infinity)
  forEachRun(columns) { j, run in
    let value = run.load(x + j) * scale
    most = most.replacing(with: value, where: (value .> most) .& sight.sees(j, run))
  }
  return maxOfLanes(most)
}

extension VectorKernels {
  package static func softmax(
    _ x: UnsafeRawPointer, scale: Double, _ mask: ColumnMask, to y: UnsafeMutableRawPointer,
    rows: Int, columns: Int
  ) {
    let scale = Float(scale)
    for r in 0..<rows {
      let (x, y) = (x.floats + r &* columns, y.floats + r &* columns)
      let sight = RowSight(mask, row: r, columns: columns)
      let most = Lanes(repeating: greatest(x, scale, sight, columns))
      let factor = Lanes(repeating: scale)
      var sum = Lanes()
      var j = 0
      // A closure this long would be left as a call.
      while j < columns {
        let run = Run(remaining: columns &- j)
        let grown = decay(run.load(x + j) * factor - most)
        let value = Lanes().replacing(with: grown, where: sight.sees(j, run))
        sum += value
        run.store(value, y + j)
        j &+= 16
      }
      let total = sumOfLanes(sum)
      let inverse = Lanes(repeating: total == 0 ? 0 : 1 / total)
      forEachRun(columns) { j, run in
        run.store(run.load(UnsafePointer(y + j)) * inverse, y + j)
      }
    }
  }

  package static func softmaxGradient(
    _ y: UnsafeRawPointer, _ dy: UnsafeRawPointer, scale: Double, to dx: UnsafeMutableRawPointer,
    rows: Int, columns: Int
  ) {
    let scale = Lanes(repeating: Float(scale))
    for r in 0..<rows {
      let (y, dy) = (y.floats + r &* columns, dy.floats + r &* columns)
      let dx = dx.floats + r &* columns
      var sum = Lanes()
      forEachRun(columns) { j, run in
        sum = vector_fma(run.load(y + j), run.load(dy + j), sum)
      }
      let mean = Lanes(repeating: sumOfLanes(sum))
      forEachRun(columns) { j, run in
        run.store(run.load(y + j) * scale * (run.load(dy + j) - mean), dx + j)
      }
    }
  }

  package static func logSoftmax(
    _ x: UnsafeRawPointer, _ mask: ColumnMask, to y: UnsafeMutableRawPointer, rows: Int,
    columns: Int
  ) {
    for r in 0..<rows {
      let (x, y) = (x.floats + r &* columns, y.floats + r &* columns)
      let sight = RowSight(mask, row: r, columns: columns)
      let most = Lanes(repeating: greatest(x, 1, sight, columns))
      var sum = Lanes()
      forEachRun(columns) { j, run in
        let grown = decay(run.load(x + j) - most)
        sum += Lanes().replacing(with: grown, where: sight.sees(j, run))
      }
      let total = logarithm(Lanes(repeating: sumOfLanes(sum)))
      forEachRun(columns) { j, run in
        let value = run.load(x + j) - most - total
        run.store(Lanes().replacing(with: value, where: sight.sees(j, run)), y + j)
      }
    }
  }

  package static func logSoftmaxGradient(
    _ y: UnsafeRawPointer, _ dy: UnsafeRawPointer, _ mask: ColumnMask,
    to dx: UnsafeMutableRawPointer, rows: Int, columns: Int
  ) {
    for r in 0..<rows {
      let (y, dy) = (y.floats + r &* columns, dy.floats + r &* columns)
      let dx = dx.floats + r &* columns
      let sight = RowSight(mask, row: r, columns: columns)
      var sum = Lanes()
      forEachRun(columns) { j, run in
        sum += Lanes().replacing(with: run.load(dy + j), where: sight.sees(j, run))
      }
      let total = Lanes(repeating: 0 - sumOfLanes(sum))
      forEachRun(columns) { j, run in
        let value = vector_fma(decay(run.load(y + j)), total, run.load(dy + j))
        run.store(Lanes().replacing(with: value, where: sight.sees(j, run)), dx + j)
      }
    }
  }
}
