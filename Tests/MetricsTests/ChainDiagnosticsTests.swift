import Kernels
import Metrics
import TestSupport
import Testing

@Suite("The diagnostics of chains")
struct ChainDiagnosticsTests {
  /// An autoregression x′ = φ x + √(1 - φ²) ε of standard normals in each of some chains, [chains, draws].
  func autoregression(_ phi: Double, chains: Int = 4, draws: Int = 1000, seed: UInt64 = 1)
    -> [Double]
  {
    let noise = RandomStream(seed: seed).draw(Normal(), rows: 0..<chains, columns: draws)
    var x = noise
    for chain in 0..<chains {
      for i in 1..<draws {
        let place = chain * draws + i
        x[place] = phi * x[place - 1] + (1 - phi * phi).squareRoot() * noise[place]
      }
    }
    return x
  }

  @Test("know how many draws correlated ones are worth", arguments: [0, 0.5, 0.9])
  func sizes(_ phi: Double) {
    let judged = ChainDiagnostics(
      autoregression(phi, draws: 4000), chains: 4, dimension: 1)
    let truth = 16_000 * (1 - phi) / (1 + phi)
    expect(judged.bulkSize[0], equals: truth, within: .relative(0.15))
    #expect(judged.rHat[0] < 1.01 && judged.tailSize[0] > truth / 2)
    expect(
      judged.standardError[0], equals: 1 / truth.squareRoot(), within: .relative(0.12))
  }

  @Test("find chains that differ in place, in width, or in time")
  func differences() {
    let x = autoregression(0)
    #expect(ChainDiagnostics(x, chains: 4, dimension: 1).rHat[0] < 1.01)
    let moved = x.enumerated().map { $0 < 1000 ? $1 + 1 : $1 }
    #expect(ChainDiagnostics(moved, chains: 4, dimension: 1).rHat[0] > 1.05)
    let wider = x.enumerated().map { $0 < 1000 ? 3 * $1 : $1 }
    #expect(ChainDiagnostics(wider, chains: 4, dimension: 1).rHat[0] > 1.05)
    let drifting = x.enumerated().map { $1 + Double($0 % 1000) / 500 }
    #expect(ChainDiagnostics(drifting, chains: 4, dimension: 1).rHat[0] > 1.05)
  }

  @Test("care for ranks only, except of means")
  func ranks() {
    let x = autoregression(0.7)
    let cubes = ChainDiagnostics(x.map { $0 * $0 * $0 }, chains: 4, dimension: 1)
    let plain = ChainDiagnostics(x, chains: 4, dimension: 1)
    #expect(cubes.bulkSize == plain.bulkSize && cubes.tailSize == plain.tailSize)
    #expect(cubes.standardError != plain.standardError)
  }

  @Test("are the same for each coordinate alone and for any number of threads")
  func coordinates() {
    let columns = (0..<5).map { autoregression(0.1 * Double($0), draws: 100, seed: UInt64($0)) }
    let x = (0..<400).flatMap { i in columns.map { $0[i] } }
    let all = ChainDiagnostics(x, chains: 4, dimension: 5, pool: ThreadPool(threads: 3))
    #expect(all == ChainDiagnostics(x, chains: 4, dimension: 5, pool: ThreadPool(threads: 1)))
    for (j, column) in columns.enumerated() {
      let own = ChainDiagnostics(column, chains: 4, dimension: 1)
      #expect(all.rHat[j] == own.rHat[0] && all.bulkSize[j] == own.bulkSize[0])
    }
    #expect(all.metrics.map(\.name) == ["r-hat", "bulk-ess", "tail-ess", "standard-error"])
  }

  @Test("fail what cannot be judged", arguments: [0, 1, 3, 5])
  func smallness(_ draws: Int) {
    let x = [Double](repeating: 1, count: 4 * draws)
    let judged = ChainDiagnostics(x, chains: 4, dimension: 1)
    #expect(judged.rHat[0].isNaN && judged.metrics[0].verdict == .fail)
    let broken = ChainDiagnostics(
      [1, 2, Double.nan, 4, 5], chains: 1, dimension: 1)
    #expect(broken.bulkSize[0].isNaN && broken.metrics[1].verdict == .fail)
  }

  @Test("use the normal's quantiles")
  func quantiles() {
    expect(
      [1e-300, 1e-20, 1e-5, 0.025, 0.2, 0.5, 0.7, 0.975, 1 - 1e-10].map(normalQuantile),
      equals: [
        -37.0471, -9.262340089798408, -4.264890793922602, -1.959963984540054,
        -0.8416212335729142, 0, 0.5244005127080407, 1.959963984540054, 6.361340889697422,
      ], within: .relative(1e-6))
    #expect(normalQuantile(0) == -.infinity && normalQuantile(2).isNaN)
  }

  @Test("judge repeats of log Z by their spread")
  func repeats() {
    let noise = RandomStream(seed: 3).draw(Normal(), rows: 0..<500, columns: 4)
    let hits = (0..<500).count { row in
      let logs = (0..<4).map { 2 + 0.01 * noise[4 * row + $0] }
      let figure = repeatedLogNormalizer(logs, truth: 2)
      return figure.low <= 2 && figure.high >= 2
    }
    #expect(hits > 460 && hits < 490)
    #expect(repeatedLogNormalizer([2], truth: nil).verdict == .warn)
  }

  @Test("judge repeats of log Z by a truth, where there is one")
  func repeatsBesideTruth() {
    let logs = [-2.01, -2, -1.99, -2]
    #expect(repeatedLogNormalizer(logs, truth: nil).verdict == .ok)
    #expect(repeatedLogNormalizer(logs, truth: -2.01).verdict == .ok)
    #expect(repeatedLogNormalizer(logs, truth: -1.7).verdict == .warn)
    #expect(repeatedLogNormalizer(logs, truth: 0).verdict == .fail)
    #expect(repeatedLogNormalizer(logs, truth: 0).reason.hasPrefix("off by 2"))
    #expect(repeatedLogNormalizer([-2], truth: 0).verdict == .fail)
  }
}
