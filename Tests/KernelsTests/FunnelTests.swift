import KernelTables
import Kernels
import TestSupport
import Testing

@Suite("A funnel's loop")
struct FunnelTests {
  static let shapes =
    awkwardSizes.map { (rows: $0, dimension: 10) }
    + [1, 2, 3, 16, 17, 64].map { (rows: 18, dimension: $0) }

  func run(_ b: KernelBuffers, _ rows: Int, _ dimension: Int, score: Bool) {
    let parameters = FunnelParameters(precision: 1 / 9.0, constant: -7, dimension: dimension)
    b.kernels.funnel(parameters, x: b[0], rows: rows, logDensity: b[1], score: score ? b[2] : nil)
  }

  @Test("agrees with its slow twin, with and without score", arguments: shapes)
  func twins(_ shape: (rows: Int, dimension: Int)) {
    let (rows, d) = shape
    let buffers = [
      spread(rows * d, seed: 1, scale: 3), spread(rows, seed: 2), spread(rows * d, seed: 3),
    ]
    for score in [false, true] {
      expectTwins(buffers, within: .scaled(1e-6)) { run($0, rows, d, score: score) }
    }
  }

  @Test("has no NaN where the exponential or the squares overflow")
  func far() {
    for x in [[-1e3, 0], [-100, 0], [-100, 1], [1e3, 1e25], [-1e3, 1e25]] as [[Float]] {
      for set in InstructionSet.available {
        let values = outcome(of: set.kernels, [x, [0], [0, 0]]) { run($0, 1, 2, score: true) }
        #expect(values.buffers[1][0] < 50 && values.buffers[2].allSatisfy { !$0.isNaN }, "\(x)")
      }
    }
  }
}
