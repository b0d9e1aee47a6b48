import Kernels
import Metrics
import TestSupport
import Testing

@Suite("Means over weighted draws")
struct ImportanceExpectationTests {
  /// Draws of N(0, s²) weighted towards N(1, 1): log-weights, and x and x².
  func problem(_ s: Double, seed: UInt64, count: Int = 2000) -> ([Double], [Double]) {
    let x = RandomStream(seed: seed).draw(Normal(), rows: 0..<count).map { s * $0 }
    let logs = x.map { -($0 - 1) * ($0 - 1) / 2 + $0 * $0 / (2 * s * s) }
    return (logs, x.flatMap { [$0, $0 * $0] })
  }

  @Test("hold their truths as often as their errors say")
  func coverage() {
    var inside = [0, 0]
    for seed in 0..<200 {
      let (logs, f) = problem(1.5, seed: UInt64(seed))
      let result = ImportanceExpectation(logs, of: f, count: 2)
      #expect(result.shape < 0.7)
      for (k, truth) in [1.0, 2.0].enumerated()
      where (result.values[k] - truth).magnitude < 1.96 * result.standardErrors[k] {
        inside[k] += 1
      }
    }
    #expect(inside.allSatisfy { $0 > 176 && $0 < 200 }, "\(inside)")
  }

  @Test("say when they cannot be told, and ignore constants")
  func shapes() {
    let (logs, f) = problem(0.4, seed: 1)
    #expect(ImportanceExpectation(logs, of: f, count: 2).shape > 0.7)
    let (fine, g) = problem(1.5, seed: 2)
    let result = ImportanceExpectation(fine, of: g, count: 2)
    let moved = ImportanceExpectation(fine.map { $0 + 512 }, of: g, count: 2)
    expect(moved.values, equals: result.values, within: .relative(1e-9))
  }
}
