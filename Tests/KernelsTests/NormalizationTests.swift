import KernelTables
import Kernels
import TestSupport
import Testing

@Suite("Kernels that normalise rows")
struct NormalizationTests {
  @Test(
    "give what their slow twins do, with and without centring, gain and bias",
    arguments: awkwardSizes, [true, false])
  func twins(_ n: Int, _ isCentred: Bool) {
    for (rows, columns) in [(5, n), (n, 5)] {
      for hasGain in [true, false] {
        expectTwins(buffers(rows, columns), within: .scaled(1e-5), "\(rows) x \(columns)") {
          run($0, rows, columns, isCentred: isCentred, hasGain: hasGain)
        }
      }
    }
  }

  /// Input, output, statistics, output's gradient, input's gradient, gain, bias, their gradients.
  private func buffers(_ rows: Int, _ columns: Int) -> [[Float]] {
    let count = rows * columns
    let sizes = [count, count, 2 * rows, count, count, columns, columns, columns, columns]
    return sizes.enumerated().map { spread($1, seed: UInt64($0)) }
  }

  private func run(
    _ b: KernelBuffers, _ rows: Int, _ columns: Int, isCentred: Bool, hasGain: Bool
  ) {
    let plan = RowNormalization(
      isCentred: isCentred, epsilon: 1e-2, gain: hasGain ? UnsafeRawPointer(b[5]) : nil,
      bias: hasGain ? UnsafeRawPointer(b[6]) : nil)
    // Without columns the statistics are 0/0.
    guard columns > 0 else { return }
    b.kernels.normalizeRows(plan, b[0], to: b[1], statistics: b[2], rows: rows, columns: columns)
    b.kernels.normalizeRowsGradient(
      plan, b[0], b[3], statistics: b[2], to: b[4], accumulating: hasGain,
      gain: hasGain ? b[7] : nil, bias: hasGain ? b[8] : nil, rows: rows, columns: columns)
  }

  @Test("keep their digits where the mean is a thousand times the spread", arguments: [7, 64, 257])
  func largeMean(_ columns: Int) {
    let x = spread(columns, seed: 1, scale: 1, offset: 1000)
    expectTwins([x, x, [0, 0]], within: .scaled(1e-3)) {
      $0.kernels.normalizeRows(
        RowNormalization(isCentred: true, epsilon: 1e-5), $0[0], to: $0[1], statistics: $0[2],
        rows: 1, columns: columns)
    }
  }
}
