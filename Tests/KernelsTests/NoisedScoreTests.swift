import KernelTables
import Kernels
import TestSupport
import Testing

@Suite("Averages of scores at noised points")
struct NoisedScoreTests {
  static let shapes =
    awkwardSizes.map { (rows: $0, columns: 3) }
    + [1, 2, 4, 8, 16, 17, 39].map { (rows: 21, columns: $0) }

  @Test("place points as their slow twin does", arguments: shapes)
  func noise(_ shape: (rows: Int, columns: Int)) {
    expectTwins(
      [spread(shape.rows * shape.columns, seed: 1), spread(shape.columns, seed: 2)],
      within: .absolute(4e-7)
    ) {
      $0.kernels.addNoise(
        $0[0], around: $0[1], scale: 0.3, rows: shape.rows, columns: shape.columns)
    }
  }

  @Test("add up as their slow twin does", arguments: shapes)
  func sums(_ shape: (rows: Int, columns: Int)) {
    for start in [[-Float.infinity, 0], [3, 2]] {
      expectTwins(
        [
          spread(shape.rows, seed: 1, scale: 30), spread(shape.rows * shape.columns, seed: 2),
          start + [Float](repeating: 0.25 * start[1], count: shape.columns),
        ], within: .scaled(1e-5)
      ) {
        $0.kernels.accumulateWeighted(
          logDensity: $0[0], score: $0[1], rows: shape.rows, columns: shape.columns, into: $0[2])
      }
    }
  }

  @Test("leave out what has no weight, infinite scores included")
  func nothing() {
    let values: [Float] = [-.infinity, 0, -2000, -.infinity]
    let scores: [Float] = [.infinity, 2, .nan, -.infinity]
    expectTwins([values, scores, [-.infinity, 0, 0]], within: .ulps(1)) {
      $0.kernels.accumulateWeighted(
        logDensity: $0[0], score: $0[1], rows: 4, columns: 1, into: $0[2])
    }
    let none = outcome(of: InstructionSet.active.kernels, [[-.infinity], [1], [-.infinity, 0, 0]]) {
      $0.kernels.accumulateWeighted(
        logDensity: $0[0], score: $0[1], rows: 1, columns: 1, into: $0[2])
    }
    #expect(none.buffers[2] == [-.infinity, 0, 0])
  }
}
