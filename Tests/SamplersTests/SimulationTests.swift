import Densities
import Kernels
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Samplers

/// A standard normal that remembers where it was asked, with a score that is too large everywhere.
final class Witness: DifferentiableDensity {
  let dimension: Int
  private let points = Mutex<[[Float]]>([])

  init(dimension: Int) { self.dimension = dimension }

  /// The points of calls without score: the ends of paths.
  var ends: [[Float]] { points.withLock { $0 } }

  func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) {
    points.withLock { points in
      for row in 0..<x.count {
        points.append(x[row])
        out[row] = x[row].reduce(0) { $0 - 0.5 * $1 * $1 }
      }
    }
  }

  func logDensity(
    of x: Points, into out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>
  ) {
    for i in 0..<x.count { out[i] = 0 }
    for i in 0..<x.count * dimension { score[i] = 1e9 }
  }
}

@Suite("Simulated paths")
struct SimulationTests {
  /// The ends of paths of the untrained network, which no update moves.
  func ends(_ changes: JSONValue, steps: Int = 1, dimension: Int = 1) throws -> [[Float]] {
    let witness = Witness(dimension: dimension)
    let frozen: JSONValue = [
      "optimizer": ["learning_rate": 1e-30, "log_z_learning_rate": 1e-30],
      "network": ["width": 8, "langevin": "off"],
    ]
    let run = try smallRun(NamedDensity(custom: witness), frozen.replacing(changes))
    for _ in 0..<steps { _ = try run.trainStep {} }
    _ = try run.sample(70, seed: run.config.seed)
    return witness.ends
  }

  @Test("have noise of their own in every row, step of training, and draw")
  func freshNoise() throws {
    let plain: JSONValue = ["exploration": ["standard_deviation": 0]]
    let all = try ends(plain, steps: 3, dimension: 2)
    #expect(all.count == 4 * 70 && Set(all).count == all.count)
  }

  /// 4000 ends; 4 standard errors, a false alarm in 16,000 comparisons.
  @Test("have the variance of the process, and that of exploration in training")
  func variances() throws {
    for (deviation, variance) in [(0.0, 3.0), (2, 7)] {
      let changes: JSONValue = [
        "batch_size": 4000, "process": ["steps": 1, "variance": 3],
        "exploration": ["standard_deviation": .number(deviation)],
      ]
      let x = try ends(changes).prefix(4000).map { Double($0[0]) }
      expectMean(of: x, is: 0, within: .standardErrors(4))
      expectMean(of: x.map { $0 * $0 }, is: variance, within: .standardErrors(4))
    }
  }

  @Test("explore less and less over their part of training")
  func schedule() {
    var config = ExplorationConfig()
    (config.standardDeviation, config.decayFraction) = (0.8, 0.5)
    let deviations = [0, 25, 50, 99].map { config.standardDeviation(at: $0, of: 100) }
    #expect(deviations == [0.8, 0.4, 0, 0])
    config.decayFraction = 0
    #expect(config.standardDeviation(at: 0, of: 100) == 0)
  }

  /// The scale begins at 0.01, so a score clipped to 50 moves the end by 0.5.
  @Test("follow the clipped score")
  func clipping() throws {
    let changes: JSONValue = [
      "batch_size": 4000, "process": ["steps": 1, "variance": 1],
      "exploration": ["standard_deviation": 0],
      "network": ["width": 8, "score_bound": 50],
    ]
    let x = try ends(changes).prefix(4000).map { Double($0[0]) }
    expectMean(of: x, is: 0.5, within: .standardErrors(4))
  }
}
