import Densities
import Kernels
import Objectives
import Storage
import Tensors
import TestSupport
import Testing

@testable import Samplers

@Suite("The expected gradient of paths of the model itself")
struct ExpectedGradientTests {
  /// Projections of the gradient of one batch of paths on fixed directions.
  func projections(
    _ objective: any PathObjective, _ run: Run, paths: Int, batches: Int, seed: UInt64,
    directions: [[Double]]
  ) throws -> [[Double]] {
    let set = run.model.parameters
    let blocks = PathBlocks(
      run.model, CountedDensity(run.density.density), objective, paths: paths, pool: run.pool)
    var result = [[Double]](repeating: [], count: directions.count)
    for batch in 0..<batches {
      var gradient = [Float](repeating: 0, count: set.count)
      try gradient.withUnsafeMutableBufferPointer {
        let settings = SimulationSettings(
          stream: RandomStream(seed: seed).folding(UInt64(batch)), nonFinite: .stop)
        _ = try blocks.run(
          ParameterBinding(set, gradients: $0.baseAddress), settings, logZ: -0.6
        ) {}
      }
      for (index, direction) in directions.enumerated() {
        result[index].append(
          zip(gradient, direction).reduce(0) { $0 + Double($1.0) * $1.1 })
      }
    }
    return result
  }

  /// A model away from its optimum, and directions in the space of its networks.
  func model() throws -> (Run, [[Double]]) {
    let run = try smallRun(
      NamedDensity("gaussian", config: ["mean": 0.7, "standard_deviation": 0.8]),
      ["process": ["steps": 5, "variance": 1], "network": ["width": 6, "langevin": "off"]])
    let set = run.model.parameters
    for (i, noise) in spread(set.count, seed: 6).enumerated() { set.values[i] += 0.2 * noise }
    set.refreshTransposes()
    let directions = (0..<4).map { index in
      var direction = spread(set.count, seed: UInt64(20 + index)).map { Double($0) }
      direction[run.model.logZ.offset] = 0
      return direction
    }
    return (run, directions)
  }

  func expectSame(
    _ a: [Double], times factor: Double, as b: [Double], _ name: String
  ) {
    func mean(_ x: [Double]) -> Double { x.reduce(0, +) / Double(x.count) }
    func error(_ x: [Double]) -> Double {
      let center = mean(x)
      let variance = x.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(x.count - 1)
      return variance / Double(x.count)
    }
    let bound = 4 * (factor * factor * error(a) + error(b)).squareRoot()
    let difference = factor * mean(a) - mean(b)
    #expect(difference.magnitude < bound, "\(name): \(factor * mean(a)) and \(mean(b))")
    #expect(
      bound < 0.25 * mean(b).magnitude || bound < 0.05, "\(name): the bound \(bound) is no test")
  }

  /// With the ½ of both losses; that of the log-variance of n paths is (n - 1) / n of it.
  ///
  /// 4 standard
  /// errors, and a bound that is small beside what is compared.
  @Test("is the same for trajectory balance, the log-variance and the divergence of paths")
  func equality() throws {
    let (run, directions) = try model()
    let kl = try projections(
      PathKL(), run, paths: 300, batches: 60, seed: 1, directions: directions)
    let balance = try projections(
      TrajectoryBalance(), run, paths: 300, batches: 200, seed: 2, directions: directions)
    let few = try projections(
      LogVariance(), run, paths: 4, batches: 12_000, seed: 3, directions: directions)
    for index in directions.indices {
      expectSame(balance[index], times: 1, as: kl[index], "trajectory balance, \(index)")
      expectSame(few[index], times: 4 / 3, as: kl[index], "log-variance of 4, \(index)")
    }
  }
}
