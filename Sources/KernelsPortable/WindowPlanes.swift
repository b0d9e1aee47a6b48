import CVectors
import KernelTables

// Convolutions to very few channels, such as the gradient by an image of one: adjacent windows take the
// lanes of a vector, where elsewhere channels do, which would leave most lanes idle. For that an image
// becomes planes, one a channel, with the pixels around it that windows reach; a place of the window is
// then a shift of the plane.
//
// An element adds the same products in the same order either way, so the choice of the way does not show
// in the bits.

/// Channels up to which windows take the lanes: a quarter of those there are.
private let fewChannels = 4

/// Windows that are added up at once: six vectors.
private let tileWindows = 96

/// Floats of all planes of an image, at most: 16 MB.
private let mostFloats = 1 << 22

/// Windows over images to few channels, an image at a time.
struct WindowPlanes {
  private let w: SlidingWindows
  /// The place of a plane's first pixel in the image.
  private let top, left: Int
  /// Pixels of a plane that windows reach.
  private let height, width: Int
  /// Windows of an image, in rows as long as the plane's; the last ones of a row mean nothing.
  private let windows: Int
  /// Floats of a plane: whole vectors, read by whole tiles.
  private let plane: Int

  /// Nil where channels are many, windows do not step by single pixels, or there is nothing to add.
  init?(_ w: SlidingWindows) {
    guard w.channels <= fewChannels, w.inputStep == (1, 1), w.depth > 0, w.rows > 0, w.columns > 0,
      let first = w.taps.first
    else { return nil }
    var (top, left, bottom, right) = (first.y, first.x, first.y, first.x)
    for tap in w.taps {
      (top, bottom) = (min(top, tap.y), max(bottom, tap.y))
      (left, right) = (min(left, tap.x), max(right, tap.x))
    }
    self.w = w
    (self.top, self.left) = (top, left)
    (height, width) = (w.rows + bottom - top, w.columns + right - left)
    windows = (w.rows - 1) * width + w.columns
    let tiles = (windows + tileWindows - 1) / tileWindows
    plane = (tiles * tileWindows + (bottom - top) * width + right - left + 15) & ~15
    guard plane * w.depth <= mostFloats else { return nil }
  }

  /// output = start + the convolution.
  func slide(from start: WindowStart) {
    let floats = plane &* w.depth
    let pixels = threadWorkspace(floats: 2 &* floats &+ plane)
    let (planes, sums) = (pixels + floats, pixels + 2 &* floats)
    pixels.update(repeating: 0, count: floats)
    for image in 0..<w.images {
      copy(image, to: pixels)
      Lanes.transpose(pixels, 1, w.depth, to: planes, plane, rows: w.depth, columns: plane)
      for channel in 0..<w.channels {
        begin(image, channel, start, sums)
        for first in stride(from: 0, to: windows, by: tileWindows) {
          addTile(planes + first, channel, to: sums + first)
        }
        forEachOutput(image, channel) { output, window in output.pointee = sums[window] }
      }
    }
  }

  /// Copies the pixels of an image that windows reach; those around them stay zero.
  private func copy(_ image: Int, to pixels: UnsafeMutablePointer<Float>) {
    let columns = max(left, 0)..<max(left, 0, min(left &+ width, w.input.width))
    for y in max(top, 0)..<max(top, 0, min(top &+ height, w.input.height)) {
      let row = (image &* w.input.height &+ y) &* w.input.width
      var from =
        UnsafePointer(w.input.data.floats) + (row &+ columns.lowerBound) &* w.input.pixelStride
      var to = pixels + ((y &- top) &* width &+ columns.lowerBound &- left) &* w.depth
      if w.input.pixelStride == w.depth {
        to.update(from: from, count: columns.count &* w.depth)
        continue
      }
      for _ in columns {
        to.update(from: from, count: w.depth)
        from += w.input.pixelStride
        to += w.depth
      }
    }
  }

  /// Writes what the windows of an image start from.
  private func begin(
    _ image: Int, _ channel: Int, _ start: WindowStart, _ sums: UnsafeMutablePointer<Float>
  ) {
    switch start {
    case .zero: sums.update(repeating: 0, count: plane)
    case .bias(let bias): sums.update(repeating: bias.floats[channel], count: plane)
    case .output: forEachOutput(image, channel) { output, window in sums[window] = output.pointee }
    }
  }

  /// Hands out the output of each window of an image.
  @inline(__always) private func forEachOutput(
    _ image: Int, _ channel: Int, _ body: (UnsafeMutablePointer<Float>, _ window: Int) -> Void
  ) {
    for row in 0..<w.rows {
      let y = image &* w.output.height &+ row &* w.outputStep.y &+ w.outputFirst.y
      let pixel = y &* w.output.width &+ w.outputFirst.x
      var output = w.output.data.floats + pixel &* w.output.pixelStride + channel
      for column in 0..<w.columns {
        body(output, row &* width &+ column)
        output += w.outputStep.x &* w.output.pixelStride
      }
    }
  }

  /// Adds to six vectors of sums.
  private func addTile(
    _ planes: UnsafeMutablePointer<Float>, _ channel: Int, to sums: UnsafeMutablePointer<Float>
  ) {
    var c0 = vector_load(sums)
    var c1 = vector_load(sums + 16)
    var c2 = vector_load(sums + 32)
    var c3 = vector_load(sums + 48)
    var c4 = vector_load(sums + 64)
    var c5 = vector_load(sums + 80)
    for tap in w.taps {
      var weight = w.weights.floats + tap.weight + channel
      var row = planes + (tap.y &- top) &* width + (tap.x &- left)
      for _ in 0..<w.depth {
        let s = weight.pointee
        c0.accumulate(s, vector_load(row))
        c1.accumulate(s, vector_load(row + 16))
        c2.accumulate(s, vector_load(row + 32))
        c3.accumulate(s, vector_load(row + 48))
        c4.accumulate(s, vector_load(row + 64))
        c5.accumulate(s, vector_load(row + 80))
        weight += w.weightStride
        row += plane
      }
    }
    vector_store(c0, sums)
    vector_store(c1, sums + 16)
    vector_store(c2, sums + 32)
    vector_store(c3, sums + 48)
    vector_store(c4, sums + 64)
    vector_store(c5, sums + 80)
  }
}
