import Chains
import Densities
import Kernels
import Metrics
import Storage
import TestSupport
import Testing

/// θ ~ N(0, 1) in two coordinates, y ~ N(θ, 1), so θ | y ~ N(y / 2, 1 / 2).
@Suite("Calibration by simulation, of chains on a conjugate posterior")
struct CalibrationTests {
  static let simulations = 150
  static let draws = 31

  /// A posterior from its data.
  static func posterior(_ y: [Double]) -> DifferentiableFunctionDensity {
    DifferentiableFunctionDensity(dimension: 2) { x, values, score in
      for row in 0..<x.count {
        var sum: Float = 0
        for j in 0..<2 {
          let theta = x.data[2 * row + j]
          let residual = Float(y[j]) - theta
          sum -= (theta * theta + residual * residual) / 2
          if let score { score[2 * row + j] = residual - theta }
        }
        values[row] = sum
      }
    }
  }

  static let truths = RandomStream(seed: 1).draw(Normal(), rows: 0..<simulations, columns: 2)

  static let found: [Double] = {
    let noise = RandomStream(seed: 1).draw(
      Normal(), step: 1, rows: 0..<simulations, columns: 2)
    return (0..<simulations).flatMap { (s: Int) -> [Double] in
      let y = (0..<2).map { truths[2 * s + $0] + noise[2 * s + $0] }
      let overrides: JSONValue = [
        "method": "hmc", "chains": 1, "draws": .integer(Int64(draws)), "thin": 3, "warm_up": 60,
        "leapfrog_steps": 4, "seed": .integer(Int64(s)),
      ]
      let chain = try? drawChains(from: posterior(y), overrides: overrides)
      return (chain?.x ?? []).map { Double($0) }
    }
  }()

  /// The verdicts on both coordinates and on distances after a change of the draws.
  func verdicts(_ change: (Double) -> Double) -> [Verdict] {
    let x = Self.found.map(change)
    let band = UniformityBand(
      count: Self.simulations, draws: Self.draws, RandomStream(seed: 2))
    let ranks = calibrationRanks(Self.truths, x, dimension: 2)
    let columns = (0..<2).map { j in stride(from: j, to: ranks.count, by: 2).map { ranks[$0] } }
    let distances = distanceRanks(Self.truths, x, dimension: 2, RandomStream(seed: 3))
    return (columns + [distances]).map { band.metric("ranks", $0, tests: 3).verdict }
  }

  @Test("passes Hamiltonian chains")
  func passing() {
    #expect(Self.found.count == 2 * Self.simulations * Self.draws)
    #expect(verdicts { $0 } == [.ok, .ok, .ok])
  }

  @Test("fails draws that are too narrow, too wide or moved")
  func failing() {
    #expect(verdicts { 0.6 * $0 }.contains(.fail))
    #expect(verdicts { 1.6 * $0 }.contains(.fail))
    #expect(verdicts { $0 + 0.4 }.contains(.fail))
  }

  @Test("has a band that five in a hundred uniform curves leave")
  func band() {
    let band = UniformityBand(count: 100, draws: 19, RandomStream(seed: 4))
    let probabilities = (0..<400).map { row in
      band.probability(
        of: RandomStream(seed: 5).draw(
          IntegerBelow(20), step: UInt32(row), rows: 0..<1, columns: 100))
    }
    let outside = probabilities.count { $0 < 0.05 }
    #expect(outside > 6 && outside < 36, "\(outside)")
    let below = probabilities.count { $0 < 0.5 }
    #expect(below > 160 && below < 240, "\(below)")
    #expect(band.lower.count == 19 && zip(band.lower, band.upper).allSatisfy { $0 < $1 })
    #expect(band.curve(of: [0, 19])[0] == 0.5)
  }

  @Test("counts ties half")
  func ties() {
    #expect(calibrationRanks([1, 1], [0, 1, 2, 0, 1, 2], dimension: 1) == [1, 2])
    #expect(calibrationRanks([], [], dimension: 3) == [])
  }
}
