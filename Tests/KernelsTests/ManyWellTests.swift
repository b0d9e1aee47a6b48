import KernelTables
import Kernels
import TestSupport
import Testing

@Suite("A many-well's loop")
struct ManyWellTests {
  static let shapes =
    awkwardSizes.map { (rows: $0, dimension: 4) }
    + [2, 14, 16, 18, 32, 34, 64].map { (rows: 5, dimension: $0) }

  func run(_ b: KernelBuffers, _ rows: Int, _ dimension: Int, score: Bool) {
    b.kernels.manyWell(
      x: b[0], rows: rows, dimension: dimension, logDensity: b[1], score: score ? b[2] : nil)
  }

  func buffers(_ rows: Int, _ dimension: Int, scale: Double) -> [[Float]] {
    [
      spread(rows * dimension, seed: 1, scale: scale), spread(rows, seed: 2),
      spread(rows * dimension, seed: 3),
    ]
  }

  /// Terms of up to 30 cancel to sums of less than 1.
  @Test("agrees with its slow twin, with and without score", arguments: shapes)
  func twins(_ shape: (rows: Int, dimension: Int)) {
    for score in [false, true] {
      expectTwins(buffers(shape.rows, shape.dimension, scale: 3), within: .scaled(6e-6)) {
        run($0, shape.rows, shape.dimension, score: score)
      }
    }
  }

  @Test(
    "has no NaN far away, where squares overflow", arguments: [1e3, 1e8, 1e15, 1e30, .infinity])
  func far(_ scale: Float) {
    for x in [[scale, scale], [-scale, scale], [0, -scale], [-scale, 0]] as [[Float]] {
      for set in InstructionSet.available {
        let values = outcome(of: set.kernels, [x, [0], [0, 0]]) { run($0, 1, 2, score: true) }
        #expect(values.buffers[1][0] < -1e5 && values.buffers[2].allSatisfy { !$0.isNaN })
      }
    }
  }
}
