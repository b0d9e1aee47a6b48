/// Images in memory: [images, height, width, channels], of which a part of the channels may be meant.
package struct PixelGrid: BitwiseCopyable {
  /// The first channel that is meant, of the first pixel.
  package var data: UnsafeMutableRawPointer
  /// Rows of pixels.
  package var height: Int
  /// Pixels of a row.
  package var width: Int
  /// Elements from one pixel to the next.
  package var pixelStride: Int

  /// Names the sizes.
  package init(data: UnsafeMutableRawPointer, height: Int, width: Int, pixelStride: Int) {
    self.data = data
    (self.height, self.width, self.pixelStride) = (height, width, pixelStride)
  }
}

/// One place of a convolution's window.
package struct Tap: BitwiseCopyable {
  /// Where it reads, relative to the window's origin; may lie outside the image.
  package var y, x: Int
  /// Elements from the first weight to this place's matrix.
  package var weight: Int

  /// Names the numbers.
  package init(y: Int, x: Int, weight: Int) { (self.y, self.x, self.weight) = (y, x, weight) }
}

/// Windows that slide over images, seen as matrix products that read the images in place.
///
/// Window (n, u, v) meets the output pixel (n, u, v) · `outputStep` + `outputFirst` and, for each
/// tap t, the input pixel (u · `inputStep` + t.y, v · `inputStep` + t.x) of image n. Input pixels outside
/// the image are zero. With the steps exchanged and the taps mirrored the same loop is a convolution, its
/// gradient by the input, or a transposed convolution.
package struct SlidingWindows {
  /// Images, and windows along both axes of each.
  package var images, rows, columns: Int
  /// What is read, of `depth` channels.
  package var input: PixelGrid
  /// Input pixels from one window to the next.
  package var inputStep: (y: Int, x: Int) = (1, 1)
  /// What is written, of `channels` channels.
  package var output: PixelGrid
  /// Output pixels from one window to the next.
  package var outputStep: (y: Int, x: Int) = (1, 1)
  /// The output pixel of the first window.
  package var outputFirst: (y: Int, x: Int) = (0, 0)
  /// The window's places, in the order in which their products are added.
  package var taps: UnsafeBufferPointer<Tap>
  /// Weights of all taps, each [depth, channels].
  package var weights: UnsafeMutableRawPointer
  /// Elements from one row of a tap's matrix to the next.
  package var weightStride: Int
  /// Channels read, channels written.
  package var depth, channels: Int
  /// `workspaceBytes` of memory that a kernel may use.
  package var workspace: UnsafeMutableRawPointer

  /// Names the parts that have no usual value.
  package init(
    images: Int, rows: Int, columns: Int, input: PixelGrid, output: PixelGrid,
    taps: UnsafeBufferPointer<Tap>, weights: UnsafeMutableRawPointer, weightStride: Int, depth: Int,
    channels: Int, workspace: UnsafeMutableRawPointer
  ) {
    (self.images, self.rows, self.columns) = (images, rows, columns)
    (self.input, self.output, self.taps) = (input, output, taps)
    (self.weights, self.weightStride) = (weights, weightStride)
    (self.depth, self.channels, self.workspace) = (depth, channels, workspace)
  }

  /// Memory that a kernel may use: eight addresses for each tap, four times eight more, and a pixel of
  /// zeros.
  package static func workspaceBytes(taps: Int, depth: Int) -> Int { 8 * (8 * taps + 32 + depth) }
}

/// What the outputs of sliding windows start from.
package enum WindowStart {
  /// Zero.
  case zero
  /// The same row of numbers at each pixel, [channels].
  case bias(UnsafeRawPointer)
  /// What the output holds.
  case output
}

/// Convolutions, and the gradient by their weights.
package protocol ConvolutionKernels {
  /// output[window, :] = start + Σ_t Σ_k input_t[window, k] weights_t[k, :].
  ///
  /// Each element adds the taps in their order and the channels of each in theirs, with one fused
  /// multiply-add each; or, where shapes allow, goes through sums and differences that save
  /// multiplications, with rounding errors of the same size. The choice depends on the shape of one image
  /// only.
  static func slide(_ windows: SlidingWindows, from start: WindowStart)

  /// weights_t[k, :] += Σ_windows input_t[window, k] output[window, :], in the order of the windows.
  ///
  /// Windows whose input pixel lies outside the image are skipped. Shapes for which `slide` saves
  /// multiplications do so here, unless mirrored.
  /// - Parameter isMirrored: Weights are [channels, depth], the transposes of what is said above.
  static func accumulateWeights(of windows: SlidingWindows, isMirrored: Bool)
}
