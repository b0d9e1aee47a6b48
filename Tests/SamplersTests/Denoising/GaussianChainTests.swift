import Densities
import Diffusions
import Kernels
import Networks
@testable import Samplers
import Storage
import Tensors
import TestSupport
import Testing
import Training

@Suite("A Gaussian denoising chain")
struct GaussianChainTests {
  private func chain(_ config: DenoisingConfig) -> GaussianChain {
    GaussianChain(
      config, DenoisingShape(dimension: 2),
      ExactDenoiser(means: [1, -2], deviations: [0.5, 2], config))
  }

  /// Ends of paths and their log-weights against N([1, -2], [0.5², 2²]).
  private func simulated(
    _ config: DenoisingConfig, count: Int
  ) throws -> (x: [Double], logWeights: [Double]) {
    let (set, chain) = (ParameterSet(), chain(config))
    set.initialize(seed: 0)
    let simulator = StepSimulator(
      chain, reference: .noising, set, pool: ThreadPool(threads: 2))
    let paths = StepPaths(capacity: count, steps: chain.steps, dimension: 2)
    try simulator.run(count, from: .start, RandomStream(seed: 5), into: paths) {}
    let x = (0..<2 * count).map { Double(paths.ends[$0]) }
    let weights = (0..<count).map { path in
      let u = (x[2 * path] - 1) / 0.5
      let v = (x[2 * path + 1] + 2) / 2
      return -0.5 * (u * u + v * v) - scalarLog(2 * .pi) + paths.logRatio(of: path)
        - paths.logStart[path]
    }
    return (x, weights)
  }

  @Test(
    "ends in the data's law where its network is the best one",
    arguments: DenoisingSampler.allCases,
    DenoisingPrediction.allCases)
  func moments(_ sampler: DenoisingSampler, _ prediction: DenoisingPrediction) throws {
    var config = DenoisingConfig()
    (config.sampler, config.prediction, config.scale, config.eta) = (sampler, prediction, 2, 0.7)
    (config.steps, config.churn) = (100, 20)
    let count = 2000
    let x = try simulated(config, count: count).x
    for (j, (mean, deviation)) in [(1.0, 0.5), (-2.0, 2.0)].enumerated() {
      let column = (0..<count).map { x[2 * $0 + j] }
      expectMean(of: column, is: mean, within: .standardErrors(4), "\(sampler) mean")
      let squares = column.map { ($0 - mean) * ($0 - mean) }
      // Steps are not infinitely short: a few hundredths of the variance.
      let (value, error) = meanAndError(squares)
      let miss = (value / (deviation * deviation) - 1).magnitude
      #expect(miss < 0.06 + 4 * error / (deviation * deviation), "\(sampler) \(value)")
    }
  }

  @Test("has weights whose mean is the normaliser", arguments: [DenoisingSampler.ddpm, .ve])
  func weights(_ sampler: DenoisingSampler) throws {
    var config = DenoisingConfig()
    (config.sampler, config.scale, config.levels, config.steps) = (sampler, 2, 200, 200)
    let logWeights = try simulated(config, count: 500).logWeights
    expectMean(of: logWeights.map { scalarExp($0) }, is: 1, within: .standardErrors(4))
    #expect(meanAndError(logWeights).mean > -0.6)
  }

  @Test(
    "draws what it says the probability of", arguments: [DenoisingVariance.fixedLarge, .learned])
  func probabilities(_ variance: DenoisingVariance) throws {
    var config = DenoisingConfig()
    (config.steps, config.variance, config.network.width) = (7, variance, 8)
    let set = ParameterSet()
    let chain = try GaussianChain(config, DenoisingShape(dimension: 3), in: set)
    set.initialize(seed: 1)
    for i in 0..<set.count { set.values[i] += 0.2 }
    set.refreshTransposes()
    let tape = Tape()
    let context = Context(tape: tape, parameters: ParameterBinding(set, gradients: nil))
    let rows = StepRows(first: 2, count: 5)
    let x = (0..<15).map { Float($0) / 5 - 1 }
    var next = [Float](repeating: 0, count: 15)
    var (own, again) = ([Double](repeating: 0, count: 5), [Double](repeating: 0, count: 5))
    var offsets: [Double] = []
    for step in 0..<7 {
      chain.advance(
        step, rows, from: x, RandomStream(seed: 3), context, into: &next, logProbabilities: &own)
      tape.reset()
      chain.logProbabilities(step, rows, of: next, from: x, context, into: &again)
      #expect(own == again)
      tape.reset()
      let steps = [Int32](repeating: Int32(step), count: 5)
      let tensor = chain.logProbability(steps, rows, of: next, from: x, context)
      // Up to a constant of the step.
      let differences = (0..<5).map { own[$0] - tensor[$0] }
      for difference in differences {
        expect(difference, equals: differences[0], within: .scaled(1e-4))
      }
      offsets.append(differences[0])
      tape.reset()
    }
    #expect(Set(offsets).count == 7)
  }

  @Test(
    "has the gradient of its log-probability's differences",
    arguments: [DenoisingVariance.fixedLarge, .learned])
  func gradient(_ variance: DenoisingVariance) {
    var config = DenoisingConfig()
    (config.steps, config.variance) = (5, variance)
    (config.network.width, config.network.layers) = (4, 1)
    let (x, next) = ([0.3, -0.2, 1, 0.4] as [Float], [0.1, 0.2, 0.8, -0.5] as [Float])
    expectLayerGradient(at: [], parameterScale: 0.4, within: .scaled(1e-5)) { set in
      guard let chain = try? GaussianChain(config, DenoisingShape(dimension: 2), in: set) else {
        preconditionFailure("the numbers go together")
      }
      return { context, _ in
        chain.logProbability([1, 4], StepRows(first: 0, count: 2), of: next, from: x, context)
      }
    }
  }

  @Test(
    "has the gradient of its loss's differences where variances are fixed",
    arguments: DenoisingPrediction.allCases)
  func lossGradient(_ prediction: DenoisingPrediction) {
    var config = DenoisingConfig()
    config.prediction = prediction
    (config.network.width, config.network.layers) = (4, 1)
    expectLayerGradient(at: [], parameterScale: 0.4, within: .scaled(1e-5)) { set in
      guard let chain = try? GaussianChain(config, DenoisingShape(dimension: 2), in: set) else {
        preconditionFailure("the numbers go together")
      }
      return { context, _ in
        chain.loss(
          StepRows(first: 0, count: 2), of: [0.3, -0.2, 1, 0.4], RandomStream(seed: 1), context)
      }
    }
  }
}
