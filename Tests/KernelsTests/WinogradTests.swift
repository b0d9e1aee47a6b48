import KernelTables
import Kernels
import TestSupport
import Testing

@Suite("Convolutions of 3 by 3 that save multiplications")
struct WinogradTests {
  /// Whole and cut tiles, one and several runs of them, whole and cut panels of channels.
  private static let shapes = [
    Slide(images: 1, height: 8, width: 8, depth: 32, channels: 32),
    Slide(height: 9, width: 7, depth: 48, channels: 80),
    Slide(height: 17, width: 3, depth: 32, channels: 64),
    Slide(images: 3, height: 33, width: 32, depth: 32, channels: 32),
    Slide(height: 8, width: 9, depth: 64, channels: 144, shift: 0),
    Slide(height: 10, width: 8, depth: 64, channels: 32, shift: -2),
  ]

  @Test("are those of their slow twin, from zero, a bias and the output", arguments: shapes)
  private func slide(_ test: Slide) {
    for start in 0..<3 {
      expectTwins(test.buffers, within: .scaled(1e-5), "start \(start)") { b in
        test.run(b) {
          b.kernels.slide($0, from: start == 0 ? .zero : start == 1 ? .bias(b[3]) : .output)
        }
      }
    }
  }

  @Test("have the gradients by weights of their slow twin", arguments: shapes)
  private func weights(_ test: Slide) {
    expectTwins(test.buffers, within: .scaled(1e-5)) { b in
      test.run(b) { b.kernels.accumulateWeights(of: $0, isMirrored: false) }
    }
  }

  @Test("read taps in any order: the gradient by the input has them turned about")
  func turned() {
    var test = Slide(height: 9, width: 8, depth: 32, channels: 48)
    test.isTurned = true
    expectTwins(test.buffers, within: .scaled(1e-5)) { b in
      test.run(b) { b.kernels.slide($0, from: .zero) }
    }
  }

  @Test(
    "have at most twice the rounding errors of the plain loop, outputs and gradients alike")
  func errors() {
    let saving = Slide(height: 16, width: 16, depth: 64, channels: 64)
    var plain = saving
    plain.hasIdleTap = true
    let steps: [(Int, (KernelBuffers, SlidingWindows) -> Void)] = [
      (2, { b, windows in b.kernels.slide(windows, from: .zero) }),
      (1, { b, windows in b.kernels.accumulateWeights(of: windows, isMirrored: false) }),
    ]
    for (buffer, step) in steps {
      let (fast, slow) = (
        error(of: saving, in: buffer, step), error(of: plain, in: buffer, step)
      )
      #expect(fast != slow, "the shape is not one that saves")
      #expect(fast < 2 * slow, "\(fast) where the plain loop has \(slow)")
    }
  }

  @Test("give an image the same bits whatever images stand beside it")
  func alone() {
    let pair = Slide(images: 2, height: 12, width: 8, depth: 32, channels: 32)
    var single = pair
    single.images = 1
    let kernels = InstructionSet.active.kernels
    let results = [pair, single].map { test in
      var buffers = pair.buffers
      buffers[1] = test.buffers[1]
      return outcome(of: kernels, buffers) { b in
        test.run(b) { b.kernels.slide($0, from: .zero) }
      }.buffers[2]
    }
    let count = 12 * 8 * 32
    #expect(results[0].prefix(count) == results[1].prefix(count))
  }

  /// The root of the mean squared difference from the slow twin.
  private func error(
    of test: Slide, in buffer: Int, _ step: (KernelBuffers, SlidingWindows) -> Void
  ) -> Double {
    let results = [InstructionSet.active.kernels, ReferenceKernels.self].map { kernels in
      outcome(of: kernels, test.buffers) { b in test.run(b) { step(b, $0) } }.buffers[buffer]
    }
    let count = 9 * test.depth * test.channels
    let squares = zip(results[0], results[1]).prefix(count).map { ($0 - $1) * ($0 - $1) }
    return (squares.reduce(0, +) / Double(squares.count)).squareRoot()
  }
}
