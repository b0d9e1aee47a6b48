import KernelTables
import Kernels
import TestSupport
import Testing

@Suite("Kernels that normalise channels")
struct ChannelNormalizationTests {
  @Test("give what their slow twins do, with and without SiLU", arguments: awkwardSizes, [1, 3])
  func twins(_ n: Int, _ groups: Int) {
    for (pixels, width) in [(n, 2), (5, n)] {
      for appliesSiLU in [false, true] {
        for accumulating in [false, true] {
          expectTwins(
            buffers(pixels, groups, width), within: .scaled(2e-5),
            "\(pixels) x \(groups) x \(width)"
          ) { run($0, pixels, groups, width, appliesSiLU, accumulating) }
        }
      }
    }
  }

  /// Input, output, statistics, output's gradient, input's gradient, gain, bias, their gradients.
  private func buffers(_ pixels: Int, _ groups: Int, _ width: Int) -> [[Float]] {
    let (count, channels) = (2 * pixels * groups * width, groups * width)
    let sizes = [count, count, 4 * groups, count, count, channels, channels, channels, channels]
    return sizes.enumerated().map { spread($1, seed: UInt64($0)) }
  }

  private func run(
    _ b: KernelBuffers, _ pixels: Int, _ groups: Int, _ width: Int, _ appliesSiLU: Bool,
    _ accumulating: Bool
  ) {
    // Without elements the statistics are 0/0.
    guard pixels > 0, width > 0 else { return }
    let plan = ChannelNormalization(
      images: 2, pixels: pixels, channels: groups * width, groups: groups, epsilon: 1e-1,
      gain: b[5], bias: b[6], appliesSiLU: appliesSiLU)
    let workspace = UnsafeMutableRawPointer.allocate(
      byteCount: 8 * plan.workspaceCount, alignment: 8)
    defer { workspace.deallocate() }
    b.kernels.normalizeChannels(
      plan, b[0], to: b[1], statistics: b[2], workspace: workspace)
    b.kernels.normalizeChannelsGradient(
      plan, b[0], b[3], statistics: b[2], to: b[4], accumulating: accumulating, gain: b[7],
      bias: b[8], workspace: workspace)
  }

  @Test("keep their digits where the mean is a thousand times the spread", arguments: [7, 64, 257])
  func largeMean(_ pixels: Int) {
    let x = spread(2 * pixels, seed: 1, scale: 1, offset: 1000)
    expectTwins([x, x, [0, 0], [1, 1], [0, 0]], within: .scaled(1e-3)) { b in
      let plan = ChannelNormalization(
        images: 1, pixels: pixels, channels: 2, groups: 1, epsilon: 1e-5, gain: b[3], bias: b[4],
        appliesSiLU: false)
      let workspace = UnsafeMutableRawPointer.allocate(
        byteCount: 8 * plan.workspaceCount, alignment: 8)
      defer { workspace.deallocate() }
      b.kernels.normalizeChannels(
        plan, b[0], to: b[1], statistics: b[2], workspace: workspace)
    }
  }
}
