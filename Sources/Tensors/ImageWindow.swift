/// A window that slides over an image: its size and how its places lie.
///
/// The pairs are (along the height, along the width). Windows along an axis of size H:
///
///     ⌊(H + 2 padding - dilation (kernel - 1) - 1) / stride⌋ + 1
package struct ImageWindow: Sendable, Equatable, BitwiseCopyable {
  /// Pixels of the window.
  package var kernel: SIMD2<Int>
  /// Pixels from one window to the next.
  package var stride: SIMD2<Int>
  /// Pixels of zeros that are thought around the image, on each side.
  package var padding: SIMD2<Int>
  /// Pixels from one place of the window to the next.
  package var dilation: SIMD2<Int>

  /// Names the numbers.
  package init(
    kernel: SIMD2<Int>, stride: SIMD2<Int> = .one, padding: SIMD2<Int> = .zero,
    dilation: SIMD2<Int> = .one
  ) {
    (self.kernel, self.stride, self.padding, self.dilation) = (kernel, stride, padding, dilation)
  }

  /// A square window.
  package init(square kernel: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1) {
    self.init(
      kernel: [kernel, kernel], stride: [stride, stride], padding: [padding, padding],
      dilation: [dilation, dilation])
  }

  /// Windows that fit on an image.
  package func count(on size: SIMD2<Int>) -> SIMD2<Int> {
    var count = SIMD2<Int>()
    for axis in 0..<2 {
      let room = size[axis] + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1
      count[axis] = room < 0 ? 0 : room / stride[axis] + 1
    }
    return count
  }

  /// The least image that has so many windows: what a transposed convolution gives.
  package func size(of windows: SIMD2<Int>) -> SIMD2<Int> {
    var size = SIMD2<Int>()
    for axis in 0..<2 {
      size[axis] =
        (windows[axis] - 1) * stride[axis] - 2 * padding[axis]
        + dilation[axis] * (kernel[axis] - 1) + 1
    }
    return size
  }
}

extension Shape {
  /// Height and width of [images, height, width, channels].
  package var imageSize: SIMD2<Int> {
    precondition(rank == 4, "\(self) is not [images, height, width, channels]")
    return SIMD2(self[1], self[2])
  }

  /// The same images and channels at another size.
  package func resized(to size: SIMD2<Int>) -> Shape {
    replacing(axis: 1, with: size[0]).replacing(axis: 2, with: size[1])
  }
}
