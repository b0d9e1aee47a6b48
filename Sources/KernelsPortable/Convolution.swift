import CVectors
import KernelTables

// Convolutions as matrix products that read the image in place. Six output pixels by a run of channels
// stay in registers while all taps and input channels go by; each of the six has an address of its own
// for every tap, so padding, strides and the ends of rows cost a few integer instructions a tap and no
// copy of the image. An input pixel outside the image is one of zeros.
//
// The weights of some taps at a time, as many as stay in the cache, meet all pixels. What was added up
// so far is stored in between; a stored float is the register's value, so the cut does not show in the
// bits.
//
// The idea of a table of addresses: Dukhan (2019), *The indirect convolution algorithm*,
// arXiv:1907.02129.

/// Output pixels of a tile.
private let tileRows = 6

/// Elements of the weights that are kept in the cache: 256 KB.
private let cachedWeights = 1 << 16

extension VectorKernels {
  package static func slide(_ windows: SlidingWindows, from start: WindowStart) {
    if let winograd = WinogradPlan(windows) { return winograd.slide(from: start) }
    let zeros = windows.workspace.floats
    zeros.update(repeating: 0, count: windows.depth)
    let most = max(1, cachedWeights / max(1, windows.weightStride))
    let taps = max(1, most / max(1, windows.depth))
    var start = start
    for first in stride(from: 0, to: windows.taps.count, by: taps) {
      let last = min(first + taps, windows.taps.count)
      for k in stride(from: 0, to: windows.depth, by: most) {
        WindowSum(windows, taps: first..<last, depths: k..<min(k + most, windows.depth), start)
          .forEachPanel(columns: windows.channels)
        start = .output
      }
    }
    if windows.taps.isEmpty || windows.depth == 0 {
      WindowSum(windows, taps: 0..<0, depths: 0..<0, start).forEachPanel(columns: windows.channels)
    }
  }
}

/// What some taps and some channels of each contribute.
private struct WindowSum: ColumnPanels {
  let windows: SlidingWindows
  let taps: Range<Int>
  let depths: Range<Int>
  let start: WindowStart
  /// Addresses of input pixels, [taps, 6].
  private let inputs: UnsafeMutablePointer<UnsafePointer<Float>>
  /// Addresses of output pixels, [6].
  private let outputs: UnsafeMutablePointer<UnsafeMutablePointer<Float>>

  init(
    _ windows: SlidingWindows, taps: Range<Int>, depths: Range<Int>, _ start: WindowStart
  ) {
    (self.windows, self.taps, self.depths, self.start) = (windows, taps, depths, start)
    let addresses = windows.workspace + 8 * windows.depth
    outputs = addresses.assumingMemoryBound(to: UnsafeMutablePointer<Float>.self)
    inputs = (addresses + 8 * tileRows).assumingMemoryBound(to: UnsafePointer<Float>.self)
  }

  @inline(__always) func panel<V: ColumnVector>(_ j: Int, _ edge: some ColumnEdge, _: V.Type)
  where V.Scalar == Float {
    var place = WindowPlace()
    let count = windows.images &* windows.rows &* windows.columns
    var first = 0
    while first < count {
      let rows = min(tileRows, count &- first)
      locate(&place, rows)
      tile(rows, j, edge, V.self)
      first &+= tileRows
    }
  }

  /// Writes the addresses of the next windows; where fewer than six are left, the last one's again.
  @inline(__always) private func locate(_ place: inout WindowPlace, _ rows: Int) {
    let zeros = UnsafePointer(windows.workspace.floats)
    for row in 0..<tileRows {
      outputs[row] = place.output(windows)
      var entry = inputs + row
      for t in taps {
        let tap = windows.taps[t]
        entry.pointee = (place.input(windows, tap) ?? zeros) + depths.lowerBound
        entry += tileRows
      }
      if row &+ 1 < rows { place.advance(windows) }
    }
    place.advance(windows)
  }

  @inline(__always) private func tile<V: ColumnVector>(
    _ rows: Int, _ j: Int, _ edge: some ColumnEdge, _: V.Type
  ) where V.Scalar == Float {
    var c0: V = begin(0, j, edge)
    var c1: V = begin(1, j, edge)
    var c2: V = begin(2, j, edge)
    var c3: V = begin(3, j, edge)
    var c4: V = begin(4, j, edge)
    var c5: V = begin(5, j, edge)
    var a = UnsafePointer(inputs)
    let stride = windows.weightStride
    for t in taps {
      let (a0, a1, a2, a3, a4, a5) = (a[0], a[1], a[2], a[3], a[4], a[5])
      var b =
        UnsafePointer(windows.weights.floats) + windows.taps[t].weight
        + depths.lowerBound &* stride + j
      for k in 0..<depths.count {
        let row: V = edge.load(b)
        c0.accumulate(a0[k], row)
        c1.accumulate(a1[k], row)
        c2.accumulate(a2[k], row)
        c3.accumulate(a3[k], row)
        c4.accumulate(a4[k], row)
        c5.accumulate(a5[k], row)
        b += stride
      }
      a += tileRows
    }
    edge.store(c0, outputs[0] + j)
    if rows > 1 { edge.store(c1, outputs[1] + j) }
    if rows > 2 { edge.store(c2, outputs[2] + j) }
    if rows > 3 { edge.store(c3, outputs[3] + j) }
    if rows > 4 { edge.store(c4, outputs[4] + j) }
    if rows > 5 { edge.store(c5, outputs[5] + j) }
  }

  @inline(__always) private func begin<V: ColumnVector>(
    _ row: Int, _ j: Int, _ edge: some ColumnEdge
  ) -> V where V.Scalar == Float {
    switch start {
    case .zero: V()
    case .bias(let bias): edge.load(bias.floats + j)
    case .output: edge.load(UnsafePointer(outputs[row] + j))
    }
  }
}

/// The place of a window as it runs over all images.
private struct WindowPlace {
  private var image = 0
  private var row = 0
  private var column = 0

  @inline(__always) mutating func advance(_ windows: SlidingWindows) {
    column &+= 1
    guard column == windows.columns else { return }
    (column, row) = (0, row &+ 1)
    guard row == windows.rows else { return }
    (row, image) = (0, image &+ 1)
  }

  @inline(__always) func output(_ w: SlidingWindows) -> UnsafeMutablePointer<Float> {
    let (y, x) = (
      row &* w.outputStep.y &+ w.outputFirst.y, column &* w.outputStep.x &+ w.outputFirst.x
    )
    let pixel = (image &* w.output.height &+ y) &* w.output.width &+ x
    return w.output.data.floats + pixel &* w.output.pixelStride
  }

  /// Nil outside the image.
  @inline(__always) func input(_ w: SlidingWindows, _ tap: Tap) -> UnsafePointer<Float>? {
    let (y, x) = (row &* w.inputStep.y &+ tap.y, column &* w.inputStep.x &+ tap.x)
    guard y >= 0, y < w.input.height, x >= 0, x < w.input.width else { return nil }
    let pixel = (image &* w.input.height &+ y) &* w.input.width &+ x
    return UnsafePointer(w.input.data.floats + pixel &* w.input.pixelStride)
  }
}
