import CVectors
import KernelTables

// Which convolutions go the way of Winograd (a question of the shape of one image, not of how many there
// are, so that its bits depend on nothing else), how their outputs are cut into tiles, and where what is
// in between stands: sixteen planes of changed inputs, [tiles, depth], of products, [tiles, channels],
// and of weights, panels of 64 channels, [depth, 64] each.
//
// As many tiles are taken at a time as keep both planes in the cache. A plane begins one cache line
// later than a multiple of its size, so that the sixteen do not fight for the same places in it.

/// Floats of the planes of inputs and products that are kept in the cache: 1 MB.
private let cachedPlanes = 1 << 18

/// Channels of a panel of weights.
let winogradPanel = 64

/// A convolution of 3 by 3 with steps of one, as tiles of 2 by 2 outputs.
struct WinogradPlan {
  let w: SlidingWindows
  /// The first place of the window.
  let top, left: Int
  /// Tiles of all images, along both axes of one, and how many are taken at a time.
  let tiles, down, across, run: Int

  /// Nil where the way does not suit the shape: too few channels or pixels to pay for the changes.
  init?(_ w: SlidingWindows) {
    guard w.taps.count == 9, w.depth >= 32, w.channels >= 32, w.depth % 16 == 0,
      w.channels % 16 == 0, w.inputStep == (1, 1), w.outputStep == (1, 1), w.outputFirst == (0, 0),
      w.rows >= 4, w.columns >= 4, w.images > 0
    else { return nil }
    self.w = w
    var (top, left, bottom, right) = (Int.max, Int.max, Int.min, Int.min)
    for tap in w.taps {
      (top, bottom) = (min(top, tap.y), max(bottom, tap.y))
      (left, right) = (min(left, tap.x), max(right, tap.x))
    }
    guard bottom - top == 2, right - left == 2 else { return nil }
    (self.top, self.left) = (top, left)
    (down, across) = ((w.rows + 1) / 2, (w.columns + 1) / 2)
    guard down * across >= 16 else { return nil }
    tiles = w.images * down * across
    let most = cachedPlanes / (16 * (w.depth + w.channels)) / 12 * 12
    run = min(tiles, max(24, most))
  }

  /// Floats from one plane to the next.
  var inputPlane: Int { run &* w.depth &+ 16 }
  var productPlane: Int { run &* w.channels &+ 16 }
  var weightPlane: Int { w.depth &* w.channels &+ 16 }

  /// Floats of all planes, and of a pixel of zeros.
  var floats: Int { 16 &* (inputPlane &+ productPlane &+ weightPlane) &+ w.depth }

  /// Where the weights of a place of the window begin; nine taps within three by three are all places.
  func weights(_ y: Int, _ x: Int) -> UnsafeMutablePointer<Float> {
    for tap in w.taps where tap.y == top &+ y && tap.x == left &+ x {
      return w.weights.floats + tap.weight
    }
    return w.weights.floats
  }
}

/// Where a plan's planes stand.
struct WinogradPlanes {
  let inputs, products, weights, zeros: UnsafeMutablePointer<Float>

  init(_ plan: WinogradPlan) {
    let first = threadWorkspace(floats: plan.floats)
    inputs = first
    products = inputs + 16 &* plan.inputPlane
    weights = products + 16 &* plan.productPlane
    zeros = weights + 16 &* plan.weightPlane
    zeros.update(repeating: 0, count: plan.w.depth)
  }
}

extension WinogradPlan {
  /// The image, row and column at which a tile begins.
  @inline(__always) func place(_ tile: Int) -> (image: Int, y: Int, x: Int) {
    let (line, column) = tile.quotientAndRemainder(dividingBy: across)
    let (image, row) = line.quotientAndRemainder(dividingBy: down)
    return (image, 2 &* row, 2 &* column)
  }

  /// An input pixel; zeros outside the image.
  @inline(__always) func input(
    _ image: Int, _ y: Int, _ x: Int, _ zeros: UnsafeMutablePointer<Float>
  ) -> UnsafePointer<Float> {
    guard y >= 0, y < w.input.height, x >= 0, x < w.input.width else { return UnsafePointer(zeros) }
    let pixel = (image &* w.input.height &+ y) &* w.input.width &+ x
    return UnsafePointer(w.input.data.floats + pixel &* w.input.pixelStride)
  }

  /// The four input pixels of a tile from one on.
  @inline(__always) private func line(
    _ image: Int, _ y: Int, _ x: Int, _ zeros: UnsafeMutablePointer<Float>
  ) -> PixelLine {
    let (y, x) = (y &+ top, x &+ left)
    return PixelLine(
      p0: input(image, y, x, zeros), p1: input(image, y, x &+ 1, zeros),
      p2: input(image, y, x &+ 2, zeros), p3: input(image, y, x &+ 3, zeros))
  }

  /// An output pixel.
  @inline(__always) func output(_ image: Int, _ y: Int, _ x: Int) -> UnsafeMutablePointer<Float> {
    let pixel = (image &* w.output.height &+ y) &* w.output.width &+ x
    return w.output.data.floats + pixel &* w.output.pixelStride
  }

  /// Writes the changed inputs of tiles from `first` on.
  func changeInputs(_ first: Int, _ count: Int, _ planes: WinogradPlanes) {
    for tile in 0..<count {
      let (image, y, x) = place(first &+ tile)
      let (a, b, c, d) = (
        line(image, y, x, planes.zeros), line(image, y &+ 1, x, planes.zeros),
        line(image, y &+ 2, x, planes.zeros), line(image, y &+ 3, x, planes.zeros)
      )
      let (to, plane) = (planes.inputs + tile &* w.depth, inputPlane)
      var k = 0
      while k < w.depth {
        let (a, b, c, d) = (a.changed(k), b.changed(k), c.changed(k), d.changed(k))
        let to = to + k
        store((a.0 - c.0, a.1 - c.1, a.2 - c.2, a.3 - c.3), to: to, plane)
        store((b.0 + c.0, b.1 + c.1, b.2 + c.2, b.3 + c.3), to: to + 4 &* plane, plane)
        store((c.0 - b.0, c.1 - b.1, c.2 - b.2, c.3 - b.3), to: to + 8 &* plane, plane)
        store((b.0 - d.0, b.1 - d.1, b.2 - d.2, b.3 - d.3), to: to + 12 &* plane, plane)
        k &+= 16
      }
    }
  }
}

/// Four adjacent pixels.
private struct PixelLine {
  let p0, p1, p2, p3: UnsafePointer<Float>

  /// Their sixteen channels from k on, changed along the line.
  @inline(__always) func changed(_ k: Int) -> Four {
    changedInputs(
      vector_load(p0 + k), vector_load(p1 + k), vector_load(p2 + k), vector_load(p3 + k))
  }
}
