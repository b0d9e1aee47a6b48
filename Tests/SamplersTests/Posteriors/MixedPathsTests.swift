import Kernels
import Networks
@testable import Samplers
import Tensors
import TestSupport
import Testing

/// Paths of which some steps are the prior's.
@Suite("Paths of two chains")
struct MixedPathsTests {
  private let set = ParameterSet()
  private let steps = 4
  private let count = 70
  private let prior, model: GaussianChain

  init() throws {
    var config = DenoisingConfig()
    (config.steps, config.network.width, config.network.layers) = (steps, 4, 1)
    func chain(_ prefix: String, _ set: ParameterSet) throws -> GaussianChain {
      set.prefix = prefix
      return try GaussianChain(config, DenoisingShape(dimension: 2), in: set)
    }
    (prior, model) = (try chain("prior.", set), try chain("posterior.", set))
    set.initialize(seed: 0)
    for (i, value) in spread(set.count, seed: 6, scale: 0.4).enumerated() {
      set.values[i] = Float(value)
    }
    set.refreshTransposes()
  }

  private func paths(
    _ origin: StepSimulator.Origin, threads: Int = 2
  ) throws -> StepPaths {
    let paths = StepPaths(capacity: count, steps: steps, dimension: 2)
    try StepSimulator(
      model, reference: .chain(prior), set, pool: ThreadPool(threads: threads)
    ).run(count, from: origin, RandomStream(seed: 3), into: paths) {}
    return paths
  }

  /// x_0 … x_k of all paths.
  private func states(_ paths: StepPaths, through step: Int) -> [Float] {
    Array(UnsafeBufferPointer(start: paths.states, count: (step + 1) * count * 2))
  }

  @Test("follow the one that is named in each step", arguments: [1, 3])
  func followed(_ threads: Int) throws {
    let own = try paths(.start)
    let priors = try paths(.partly([true, true, true, true]), threads: threads)
    let first = try paths(.partly([true, true, false, false]), threads: threads)
    let last = try paths(.partly([false, false, true, true]), threads: threads)
    #expect(states(first, through: 2) == states(priors, through: 2))
    #expect(states(last, through: 2) == states(own, through: 2))
    for (mixed, whole) in [(first, priors), (last, own)] {
      for step in 3...4 { #expect(states(mixed, through: step) != states(whole, through: step)) }
    }
    let none = try paths(.partly([false, false, false, false]), threads: threads)
    #expect(states(none, through: 4) == states(own, through: 4))
  }

  @Test("have steps of the prior's by a chance of their batch, uniform up to the greatest")
  func chances() {
    var config = OffPolicyConfig()
    config.source = .prior
    #expect(config.stepsOfPrior(of: 3, RandomStream(seed: 1)) == [true, true, true])
    (config.source, config.priorChance) = (.mixture, 0.6)
    let shares = (0..<2000).map { (batch: UInt64) -> Double in
      let steps = config.stepsOfPrior(of: 400, RandomStream(seed: batch))
      return Double(steps.count { $0 }) / 400
    }
    // Mean 0.3 and deviation 0.6 / √12, each within a few standard errors.
    let mean = shares.reduce(0, +) / 2000
    let squares = shares.map { (share: Double) -> Double in (share - mean) * (share - mean) }
    let variance = squares.reduce(0, +) / 2000
    #expect((mean - 0.3).magnitude < 0.015)
    #expect((variance.squareRoot() - 0.174).magnitude < 0.012)
    #expect((shares.max() ?? 1) < 0.72)
  }

  @Test("have the log-probabilities of both chains, whichever drew them")
  func judged() throws {
    let mixed = try paths(.partly([true, false, true, false]))
    for step in 0..<steps {
      for (chain, known) in [(model, mixed.logForward), (prior, mixed.logReference)] {
        let tape = Tape()
        let context = Context(
          tape: tape, parameters: ParameterBinding(set, gradients: nil))
        var values = [Double](repeating: 0, count: count)
        chain.logProbabilities(
          step, StepRows(first: 0, count: count), of: mixed.state(step + 1),
          from: mixed.state(step), context, into: &values)
        for path in 0..<count {
          #expect((values[path] - known[step * count + path]).magnitude < 1e-4)
        }
      }
    }
  }
}
