import KernelTables

/// A convolution from large images to small ones, and its transpose, as products of pixels in place.
///
///     small[n, o, :] = Σ_k large[n, o · stride + k · dilation - padding, :] W[k]
///
/// The sum runs over the places k = (ky, kx) of the window. The transpose sends small images to large
/// ones by the transposed matrices. Channels may be cut into groups that do not mix.
struct ConvolutionPlan: BitwiseCopyable {
  let window: ImageWindow
  let images: Int
  let large, small: SIMD2<Int>
  let largeChannels, smallChannels: Int
  let groups: Int

  /// Channels of a group.
  private var depth: Int { largeChannels / groups }
  private var channels: Int { smallChannels / groups }

  /// Small images from large ones, with weights [ky, kx, large channels / groups, small channels].
  func gather(
    _ tape: Tape, from x: UnsafeRawPointer, _ weights: UnsafeRawPointer,
    to y: UnsafeMutableRawPointer, _ start: WindowStart
  ) {
    let (taps, size) = (forwardTaps(tape, matrix: depth * smallChannels), tape.type.byteCount)
    let workspace = workspace(tape, taps: taps.count, depth: depth)
    for group in 0..<groups {
      var windows = SlidingWindows(
        images: images, rows: small[0], columns: small[1],
        input: grid(x + group * depth * size, large, largeChannels),
        output: grid(y + group * channels * size, small, smallChannels), taps: taps,
        weights: UnsafeMutableRawPointer(mutating: weights + group * channels * size),
        weightStride: smallChannels, depth: depth, channels: channels, workspace: workspace)
      windows.inputStep = (window.stride[0], window.stride[1])
      tape.kernels.slide(windows, from: start.advanced(by: group * channels * size))
    }
  }

  /// Large images from small ones, with weights [ky, kx, small channels, large channels / groups].
  ///
  /// Pixels of the large image whose places differ by multiples of the stride see the same taps, so each
  /// such class is a convolution of its own.
  func scatter(
    _ tape: Tape, from x: UnsafeRawPointer, _ weights: UnsafeRawPointer,
    to y: UnsafeMutableRawPointer, _ start: WindowStart
  ) {
    for first in 0..<window.stride[0] {
      for second in 0..<window.stride[1] {
        scatter(tape, x, weights, y, start, [first, second])
      }
    }
  }

  private func scatter(
    _ tape: Tape, _ x: UnsafeRawPointer, _ weights: UnsafeRawPointer,
    _ y: UnsafeMutableRawPointer, _ start: WindowStart, _ first: SIMD2<Int>
  ) {
    let rows = (large[0] - first[0] + window.stride[0] - 1) / window.stride[0]
    let columns = (large[1] - first[1] + window.stride[1] - 1) / window.stride[1]
    guard rows > 0, columns > 0 else { return }
    let taps = backwardTaps(tape, first, matrix: smallChannels * depth)
    let (workspace, size) = (
      workspace(tape, taps: taps.count, depth: channels), tape.type.byteCount
    )
    for group in 0..<groups {
      var windows = SlidingWindows(
        images: images, rows: rows, columns: columns,
        input: grid(x + group * channels * size, small, smallChannels),
        output: grid(y + group * depth * size, large, largeChannels), taps: taps,
        weights: UnsafeMutableRawPointer(mutating: weights + group * channels * depth * size),
        weightStride: depth, depth: channels, channels: depth, workspace: workspace)
      windows.outputStep = (window.stride[0], window.stride[1])
      windows.outputFirst = (first[0], first[1])
      tape.kernels.slide(windows, from: start.advanced(by: group * depth * size))
    }
  }

  /// Adds Σ large ⊗ small to weights of `gather`, or to those of `scatter` where `isMirrored`.
  func accumulateWeights(
    _ tape: Tape, large x: UnsafeRawPointer, small y: UnsafeRawPointer,
    into gradient: UnsafeMutableRawPointer, isMirrored: Bool
  ) {
    let (taps, size) = (forwardTaps(tape, matrix: depth * smallChannels), tape.type.byteCount)
    let workspace = workspace(tape, taps: taps.count, depth: depth)
    for group in 0..<groups {
      let first = group * channels * (isMirrored ? depth : 1)
      var windows = SlidingWindows(
        images: images, rows: small[0], columns: small[1],
        input: grid(x + group * depth * size, large, largeChannels),
        output: grid(y + group * channels * size, small, smallChannels), taps: taps,
        weights: gradient + first * size, weightStride: isMirrored ? depth : smallChannels,
        depth: depth, channels: channels, workspace: workspace)
      windows.inputStep = (window.stride[0], window.stride[1])
      tape.kernels.accumulateWeights(of: windows, isMirrored: isMirrored)
    }
  }

  private func grid(
    _ data: UnsafeRawPointer, _ size: SIMD2<Int>, _ channels: Int
  ) -> PixelGrid {
    PixelGrid(
      data: UnsafeMutableRawPointer(mutating: data), height: size[0], width: size[1],
      pixelStride: channels)
  }

  private func workspace(_ tape: Tape, taps: Int, depth: Int) -> UnsafeMutableRawPointer {
    tape.arena.allocate(bytes: SlidingWindows.workspaceBytes(taps: taps, depth: depth))
  }

  /// What a small pixel's window reads, in the order of ky, kx.
  private func forwardTaps(_ tape: Tape, matrix: Int) -> UnsafeBufferPointer<Tap> {
    taps(tape, matrix) { place in
      place &* window.dilation &- window.padding
    }
  }

  /// What the large pixels of a class read: where o stride + k dilation - padding = pixel.
  private func backwardTaps(
    _ tape: Tape, _ first: SIMD2<Int>, matrix: Int
  ) -> UnsafeBufferPointer<Tap> {
    taps(tape, matrix) { place in
      let distance = first &+ window.padding &- place &* window.dilation
      let isHit = distance % window.stride == .zero
      return isHit ? distance / window.stride : nil
    }
  }

  private func taps(
    _ tape: Tape, _ matrix: Int, _ shift: (_ place: SIMD2<Int>) -> SIMD2<Int>?
  ) -> UnsafeBufferPointer<Tap> {
    let most = window.kernel[0] * window.kernel[1]
    let taps = tape.arena.allocate(bytes: most * MemoryLayout<Tap>.stride)
      .bindMemory(to: Tap.self, capacity: most)
    var count = 0
    for y in 0..<window.kernel[0] {
      for x in 0..<window.kernel[1] {
        guard let shift = shift([y, x]) else { continue }
        (taps + count).initialize(
          to: Tap(y: shift[0], x: shift[1], weight: (y * window.kernel[1] + x) * matrix))
        count += 1
      }
    }
    return UnsafeBufferPointer(start: taps, count: count)
  }
}

extension WindowStart {
  /// The same for channels that begin some bytes later.
  fileprivate func advanced(by bytes: Int) -> WindowStart {
    switch self {
    case .zero, .output: self
    case .bias(let bias): .bias(bias + bytes)
    }
  }
}
