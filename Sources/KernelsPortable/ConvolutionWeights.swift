import CVectors
import KernelTables

// The gradient by a convolution's weights: for each tap the transpose of the input, as the tap sees it,
// times the output's gradient. Both are read in place. Windows whose input lies outside the image are
// left out by shortening ranges, so the innermost loop is that of a plain product.
//
// Rows of windows are taken in runs of which both images stay in the cache while they meet all taps; the
// weights hold what was added up so far.

/// Elements of one image that are kept in the cache: 128 KB.
private let cachedPixels = 1 << 15

extension VectorKernels {
  package static func accumulateWeights(of windows: SlidingWindows, isMirrored: Bool) {
    if !isMirrored, let winograd = WinogradPlan(windows) { return winograd.accumulateWeights() }
    let w = windows
    let lines = w.images * w.rows
    let wide = max(1, w.columns * max(w.depth, w.channels))
    let run = max(1, cachedPixels / wide)
    for first in stride(from: 0, to: lines, by: run) {
      for tap in w.taps {
        TapGradient(w, tap, isMirrored, lines: first..<min(first + run, lines))
          .forEachPanel(columns: isMirrored ? w.depth : w.channels)
      }
    }
  }
}

/// The windows along one axis whose input pixel lies within the image.
@inline(__always)
private func inside(_ count: Int, _ step: Int, _ shift: Int, _ size: Int) -> Range<Int> {
  let first = shift < 0 ? (step &- 1 &- shift) / step : 0
  let end = size > shift ? min(count, (size &- shift &+ step &- 1) / step) : 0
  return first..<max(first, end)
}

/// What some rows of windows contribute to one tap's weights.
private struct TapGradient: ColumnPanels {
  let w: SlidingWindows
  let tap: Tap
  let isMirrored: Bool
  let lines: Range<Int>
  /// Windows of an image, and of a row, that count.
  private let rows, columns: Range<Int>
  /// Elements from one window to the next in what is transposed, and in the other.
  private let leftStep, rightStep: Int

  init(_ w: SlidingWindows, _ tap: Tap, _ isMirrored: Bool, lines: Range<Int>) {
    (self.w, self.tap, self.isMirrored, self.lines) = (w, tap, isMirrored, lines)
    rows = inside(w.rows, w.inputStep.y, tap.y, w.input.height)
    columns = inside(w.columns, w.inputStep.x, tap.x, w.input.width)
    let (input, output) = (
      w.inputStep.x * w.input.pixelStride, w.outputStep.x * w.output.pixelStride
    )
    (leftStep, rightStep) = isMirrored ? (output, input) : (input, output)
  }

  @inline(__always) func panel<V: ColumnVector>(_ j: Int, _ edge: some ColumnEdge, _: V.Type)
  where V.Scalar == Float {
    var i = blocks(from: 0, j, edge, SixRows<V>.self)
    i = blocks(from: i, j, edge, FourRows<V>.self)
    i = blocks(from: i, j, edge, TwoRows<V>.self)
    _ = blocks(from: i, j, edge, OneRow<V>.self)
  }

  @inline(__always) private func blocks<Block: RowBlock>(
    from first: Int, _ j: Int, _ edge: some ColumnEdge, _: Block.Type
  ) -> Int where Block.Columns.Scalar == Float {
    let count = isMirrored ? w.channels : w.depth
    var i = first
    while i &+ Block.rows <= count {
      tile(i, j, edge, Block.self)
      i &+= Block.rows
    }
    return i
  }

  @inline(__always) private func tile<Block: RowBlock>(
    _ i: Int, _ j: Int, _ edge: some ColumnEdge, _: Block.Type
  ) where Block.Columns.Scalar == Float {
    var block = Block()
    let weights = w.weights.floats + tap.weight + i &* w.weightStride + j
    block.load(UnsafePointer(weights), w.weightStride, edge)
    var (image, row) = lines.lowerBound.quotientAndRemainder(dividingBy: max(1, w.rows))
    for _ in lines {
      if rows.contains(row) {
        let (input, output) = (inputLine(image, row), outputLine(image, row))
        var left = (isMirrored ? output : input) + i
        var right = (isMirrored ? input : output) + j
        for _ in columns {
          block.accumulate(left, 1, edge.load(right))
          left += leftStep
          right += rightStep
        }
      }
      row &+= 1
      if row == w.rows { (row, image) = (0, image &+ 1) }
    }
    block.store(weights, w.weightStride, edge)
  }

  /// The input pixel of a row's first window that counts.
  @inline(__always) private func inputLine(_ image: Int, _ row: Int) -> UnsafePointer<Float> {
    let (y, x) = (
      row &* w.inputStep.y &+ tap.y, columns.lowerBound &* w.inputStep.x &+ tap.x
    )
    let pixel = (image &* w.input.height &+ y) &* w.input.width &+ x
    return UnsafePointer(w.input.data.floats) + pixel &* w.input.pixelStride
  }

  /// The output pixel of a row's first window that counts.
  @inline(__always) private func outputLine(_ image: Int, _ row: Int) -> UnsafePointer<Float> {
    let (y, x) = (
      row &* w.outputStep.y &+ w.outputFirst.y,
      columns.lowerBound &* w.outputStep.x &+ w.outputFirst.x
    )
    let pixel = (image &* w.output.height &+ y) &* w.output.width &+ x
    return UnsafePointer(w.output.data.floats) + pixel &* w.output.pixelStride
  }
}
