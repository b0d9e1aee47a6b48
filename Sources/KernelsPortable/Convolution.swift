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

/// Addresses of a tile's pixels, six of them in use.
private typealias Addresses = SIMD8<Int>
private let addressLanes = 8

/// Elements of the weights that are kept in the cache: 256 KB.
private let cachedWeights = 1 << 16

extension VectorKernels {
  package static func slide(_ windows: SlidingWindows, from start: WindowStart) {
    if let winograd = WinogradPlan(windows) { return winograd.slide(from: start) }
    if let planes = WindowPlanes(windows) { return planes.slide(from: start) }
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
  /// Addresses of input pixels, [taps, 8].
  private let inputs: UnsafeMutablePointer<UnsafePointer<Float>>
  /// Addresses of output pixels, [8].
  private let outputs: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
  /// Rows, columns and addresses of the input pixels at the windows' origins, [3, 8].
  private let places: UnsafeMutablePointer<Int>

  init(
    _ windows: SlidingWindows, taps: Range<Int>, depths: Range<Int>, _ start: WindowStart
  ) {
    (self.windows, self.taps, self.depths, self.start) = (windows, taps, depths, start)
    let addresses = windows.workspace + 8 * windows.depth
    outputs = addresses.assumingMemoryBound(to: UnsafeMutablePointer<Float>.self)
    places = (addresses + 8 * addressLanes).assumingMemoryBound(to: Int.self)
    inputs = (addresses + 32 * addressLanes).assumingMemoryBound(to: UnsafePointer<Float>.self)
  }

  @inline(__always) func panel<V: ColumnVector>(_ j: Int, _ edge: some ColumnEdge, _: V.Type)
  where V.Scalar == Float {
    var place = WindowPlace(windows)
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
    let (ys, xs, pixels) = (places, places + addressLanes, places + 2 * addressLanes)
    for row in 0..<tileRows {
      outputs[row] = place.output
      (ys[row], xs[row], pixels[row]) = (place.y, place.x, place.address)
      if row &+ 1 < rows { place.advance() }
    }
    place.advance()
    locateTaps(addresses(ys), addresses(xs), addresses(pixels))
  }

  /// Writes the addresses of all taps' pixels from the first one's place and address for each window.
  @inline(__always) private func locateTaps(_ ys: Addresses, _ xs: Addresses, _ pixels: Addresses) {
    let input = windows.input
    let zeros = Addresses(repeating: Int(bitPattern: windows.workspace.floats + depths.lowerBound))
    let (lastY, lastX) = (
      Addresses(repeating: input.height &- 1), Addresses(repeating: input.width &- 1)
    )
    var entry = UnsafeMutableRawPointer(inputs)
    for t in taps {
      let tap = windows.taps[t]
      let (y, x) = (ys &+ Addresses(repeating: tap.y), xs &+ Addresses(repeating: tap.x))
      let isOutside = (y | x | (lastY &- y) | (lastX &- x)) &>> Addresses(repeating: 63)
      let shift = (tap.y &* input.width &+ tap.x) &* input.pixelStride &+ depths.lowerBound
      let inside = pixels &+ Addresses(repeating: 4 &* shift)
      entry.storeBytes(of: (inside & ~isOutside) | (zeros & isOutside), as: Addresses.self)
      entry += addressLanes &* 8
    }
  }

  /// The places of the next windows, where they were put together.
  @inline(__always) private func addresses(_ p: UnsafePointer<Int>) -> Addresses {
    UnsafeRawPointer(p).loadUnaligned(as: Addresses.self)
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
      a += addressLanes
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
  private let windows: SlidingWindows
  private var image = 0
  private var row = 0
  private var column = 0
  /// The input pixel of a tap at the origin: its place and its address, inside the image or not.
  private(set) var y = 0, x = 0
  private(set) var address = 0
  private(set) var output: UnsafeMutablePointer<Float>

  init(_ windows: SlidingWindows) {
    self.windows = windows
    output = windows.output.data.floats
    beginRow()
  }

  @inline(__always) mutating func advance() {
    column &+= 1
    x &+= windows.inputStep.x
    address &+= 4 &* windows.inputStep.x &* windows.input.pixelStride
    output += windows.outputStep.x &* windows.output.pixelStride
    if column == windows.columns { nextRow() }
  }

  @inline(__always) private mutating func nextRow() {
    (column, row) = (0, row &+ 1)
    if row == windows.rows { (row, image) = (0, image &+ 1) }
    beginRow()
  }

  @inline(__always) private mutating func beginRow() {
    let (input, to) = (windows.input, windows.output)
    (y, x) = (row &* windows.inputStep.y, 0)
    let pixel = (image &* input.height &+ y) &* input.width
    address = Int(bitPattern: input.data) &+ 4 &* pixel &* input.pixelStride
    let line = image &* to.height &+ row &* windows.outputStep.y &+ windows.outputFirst.y
    output =
      to.data.floats + (line &* to.width &+ windows.outputFirst.x) &* to.pixelStride
  }
}
