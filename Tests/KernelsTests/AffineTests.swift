import KernelTables
import Kernels
import TestSupport
import Testing

@Suite("An affine map")
struct AffineTests {
  @Test("agrees with its slow twin", arguments: awkwardSizes, [false, true])
  func twin(_ count: Int, _ accumulating: Bool) {
    expectTwins([spread(count), spread(count, seed: 1)], within: .scaled(3e-7)) {
      $0.kernels.affine(
        $0[0], scale: 0.75, shift: -0.3125, to: $0[1], count: count, accumulating: accumulating)
    }
  }

  @Test("rounds once")
  func rounding() {
    for set in InstructionSet.available {
      let result = outcome(of: set.kernels, [[1 + 0x1p-12], [0]]) {
        set.kernels.affine(
          $0[0], scale: 1 + 0x1p-12, shift: -1, to: $0[1], count: 1, accumulating: false)
      }
      #expect(result.buffers[1] == [0x1p-11 + 0x1p-24], "\(set)")
    }
  }
}
