import KernelTables
import Kernels
import TestSupport
import Testing

/// Images, a window and how it moves.
struct Slide: Sendable, CustomTestStringConvertible {
  var images = 2
  var height = 3, width = 5
  var depth = 3, channels = 5
  var kernel = 3, step = 1, shift = -1
  /// Output pixels from one window to the next.
  var outputStep = 1
  /// Whether the first tap reads what the last does otherwise, and so on.
  var isTurned = false
  /// Whether there is one more tap, of zeros.
  var hasIdleTap = false

  var testDescription: String {
    "\(images) of \(height) x \(width) x \(depth) to \(channels), \(kernel), \(step), \(outputStep)"
  }

  static let all =
    awkwardSizes.flatMap {
      [
        Slide(width: $0), Slide(images: 1, height: $0, width: 2), Slide(depth: $0),
        Slide(channels: $0),
      ]
    } + [
      Slide(images: 7), Slide(depth: 32, channels: 1), Slide(height: 9, width: 33, channels: 2),
      Slide(channels: 4, outputStep: 2), Slide(channels: 1, kernel: 5, shift: -9),
      Slide(channels: 1, kernel: 2, shift: 7), Slide(channels: 3, kernel: 1, shift: 0),
      Slide(channels: 3, kernel: 4, step: 3, shift: -2), Slide(channels: 2, kernel: 0),
      Slide(kernel: 1, shift: 0), Slide(kernel: 2, step: 2, shift: 0),
      Slide(kernel: 4, step: 3, shift: -2), Slide(kernel: 0), Slide(outputStep: 2),
      // Weights that do not fit in the cache at once: cuts between taps and inside one.
      Slide(images: 1, depth: 257, channels: 130), Slide(images: 1, depth: 700, channels: 100),
      // Rows of windows that do not fit in the cache at once.
      Slide(images: 3, height: 17, width: 64, depth: 65, channels: 17),
    ]

  var rows: Int { height / step }
  var columns: Int { width / step }

  var taps: [Tap] {
    let count = kernel * kernel
    return (0..<count + (hasIdleTap ? 1 : 0)).map {
      let place = isTurned ? count - 1 - $0 : $0
      return Tap(
        y: place / kernel + shift, x: place % kernel + shift, weight: $0 * depth * channels)
    }
  }

  /// Input, weights, output, bias.
  var buffers: [[Float]] {
    let sizes = [
      images * height * width * depth, taps.count * depth * channels,
      images * rows * columns * outputStep * outputStep * channels, channels,
    ]
    var buffers = sizes.enumerated().map { spread($1, seed: UInt64($0), scale: 1) }
    if hasIdleTap {
      let matrix = depth * channels
      buffers[1].replaceSubrange(
        (taps.count - 1) * matrix..<taps.count * matrix, with: repeatElement(0, count: matrix))
    }
    return buffers
  }

  /// - Parameter chosen: Output channels that are meant; all of them if nil.
  func run(
    _ b: KernelBuffers, channels chosen: Range<Int>? = nil, _ body: (SlidingWindows) -> Void
  ) {
    let chosen = chosen ?? 0..<channels
    let workspace = UnsafeMutableRawPointer.allocate(
      byteCount: SlidingWindows.workspaceBytes(taps: taps.count, depth: depth), alignment: 8)
    defer { workspace.deallocate() }
    taps.withUnsafeBufferPointer { taps in
      var windows = SlidingWindows(
        images: images, rows: rows, columns: columns,
        input: PixelGrid(data: b[0], height: height, width: width, pixelStride: depth),
        output: PixelGrid(
          data: b[2] + 4 * chosen.lowerBound, height: outputStep * rows,
          width: outputStep * columns, pixelStride: channels),
        taps: taps, weights: b[1] + 4 * chosen.lowerBound, weightStride: channels, depth: depth,
        channels: chosen.count, workspace: workspace)
      windows.inputStep = (step, step)
      windows.outputStep = (outputStep, outputStep)
      windows.outputFirst = (outputStep - 1, 0)
      body(windows)
    }
  }
}

@Suite("Kernels of convolutions")
struct ConvolutionTests {
  @Test(
    "slide windows as their slow twin does, from zero, a bias and the output",
    arguments: Slide.all)
  private func slide(_ test: Slide) {
    for start in 0..<3 {
      expectTwins(test.buffers, within: .scaled(1e-5), "start \(start)") { b in
        test.run(b) {
          b.kernels.slide($0, from: start == 0 ? .zero : start == 1 ? .bias(b[3]) : .output)
        }
      }
    }
  }

  @Test(
    "give a channel the same bits whatever channels are written beside it",
    arguments: [Slide(), Slide(images: 1, height: 9, width: 33, depth: 32), Slide(outputStep: 2)])
  private func fewChannels(_ test: Slide) {
    for count in 1...4 {
      for set in InstructionSet.available {
        let (all, few) = (
          outcome(of: set.kernels, test.buffers) { b in
            test.run(b) { b.kernels.slide($0, from: .output) }
          },
          outcome(of: set.kernels, test.buffers) { b in
            for first in stride(from: 0, to: test.channels, by: count) {
              test.run(b, channels: first..<min(first + count, test.channels)) {
                b.kernels.slide($0, from: .output)
              }
            }
          }
        )
        #expect(few.buffers == all.buffers, "\(set), \(count) at a time")
      }
    }
  }

  @Test("add up gradients of weights as their slow twin does", arguments: Slide.all)
  private func weights(_ test: Slide) {
    expectTwins(test.buffers, within: .scaled(1e-5)) { b in
      test.run(b) { b.kernels.accumulateWeights(of: $0, isMirrored: false) }
    }
    expectTwins(test.buffers, within: .scaled(1e-5), "mirrored") { b in
      test.run(b) {
        var windows = $0
        windows.weightStride = test.depth
        b.kernels.accumulateWeights(of: windows, isMirrored: true)
      }
    }
  }
}
