import Densities
import Kernels
import Metrics
import Storage

/// What an evaluation rests on.
public struct EvaluationConfig: Codable, Sendable, Equatable {
  /// Draws for everything but transport distances.
  public var samples = 10_000
  /// Draws, and exact samples, for transport distances; the cost grows with the cube.
  public var transportSamples = 2000
  /// Pairs of exact sample sets for the noise floor of transport distances.
  public var floorRepeats = 4
  /// Steps of a path; 0 for as many as in training.
  public var steps = 0
  /// A NumPy file of samples to compare with, [n, D], instead of those that the density has.
  public var exactSamples = ""
  /// Decides every random number.
  public var seed: UInt64 = 1

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case samples, steps, seed
    case exactSamples = "exact_samples"
    case transportSamples = "transport_samples"
    case floorRepeats = "floor_repeats"
  }

  func validate() throws(ConfigError) {
    guard (2...10_000_000).contains(samples) else {
      throw .invalid(path: "samples", reason: "it must be from 2 to 10000000")
    }
    guard (1...5000).contains(transportSamples) else {
      throw .invalid(path: "transport_samples", reason: "it must be from 1 to 5000")
    }
    guard (0...100_000).contains(steps) else {
      throw .invalid(path: "steps", reason: "it must be from 0 to 100000")
    }
    guard (1...100).contains(floorRepeats) else {
      throw .invalid(path: "floor_repeats", reason: "it must be from 1 to 100")
    }
  }
}

/// All figures about a run.
public struct Evaluation: Codable, Sendable, Equatable {
  /// The figures.
  public let metrics: [Metric]
  /// Steps trained.
  public let step: Int
  /// Checksum of the draws that were judged.
  public let checksum: String
  /// Checksum of the parameters.
  public let parameters: String
  /// Density evaluations: training, and this evaluation.
  public let energyCalls: Int
  /// Score evaluations: training, and this evaluation.
  public let gradientCalls: Int

  enum CodingKeys: String, CodingKey {
    case metrics, step, checksum, parameters
    case energyCalls = "energy_calls"
    case gradientCalls = "gradient_calls"
  }

  /// The figure of a name.
  public subscript(name: String) -> Metric? { metrics.first { $0.name == name } }
}

extension Run {
  /// Draws and judges: likelihood bounds and weights always, transport distance where there are
  /// exact samples, mode weights where there are known modes.
  public func evaluate(
    overrides: JSONValue = .object(JSONObject()), poll: () throws -> Void = {}
  ) throws -> Evaluation {
    let config = try resolve(EvaluationConfig(), overrides: overrides)
    try config.validate()
    var sampling = SamplingConfig()
    sampling.steps = config.steps
    let steps = config.steps == 0 ? nil : config.steps
    let draws = try sample(config.samples, seed: config.seed, sampling, poll: poll)
    if density.density is any ConditionalDensity {
      return evaluation(of: draws, conditionalMetrics(draws))
    }
    let truth = knownLogNormalizer
    let stream = RandomStream(seed: config.seed)
    let counted = CountedDensity(density.density)
    var metrics = [
      elbo(draws.logWeights, truth: truth), logNormalizer(draws.logWeights, truth: truth),
      effectiveShare(draws.logWeights), paretoShape(draws.logWeights),
    ]
    let points = try PointFigures(draws.x, logDensity: draws.logDensity, config, pool: pool)
    if let samples = try exactSamples(config) {
      let exact = ExactSamples(samples, dimension: density.density.dimension, stream)
      let backward = try sampler.backwardWeights(
        of: exact.all(config.samples), counted, stream.folding(.bridges), steps: steps, poll)
      metrics.insert(
        contentsOf: reverseFigures(draws.logWeights, backward.weights, truth: truth), at: 1)
      metrics += try points.distances(to: exact, backward.logDensity, poll)
      metrics += try points.particleDistances(density.density, to: exact, poll)
    }
    if prior == nil { metrics += try points.virialFigure(counted) }
    if let known { metrics += points.modes(known) }
    metrics += try priorFigures(draws, config, poll)
    return evaluation(of: draws, metrics, counted)
  }

  /// What the draws are compared with, where there is anything.
  private func exactSamples(_ config: EvaluationConfig) throws -> SampleSet? {
    guard !config.exactSamples.isEmpty || known is any SamplableDensity else { return nil }
    do {
      return try SampleSet(config.exactSamples, known, dimension: density.density.dimension)
    } catch let error as ConfigError {
      throw error.under("exact_samples")
    }
  }

  private func evaluation(
    of draws: Draws, _ metrics: [Metric], _ counted: CountedDensity? = nil
  ) -> Evaluation {
    Evaluation(
      metrics: metrics, step: stepsDone, checksum: draws.checksum, parameters: checksum,
      energyCalls: energyCalls + draws.energyCalls + (counted?.energyCalls ?? 0),
      gradientCalls: gradientCalls + draws.gradientCalls + (counted?.gradientCalls ?? 0))
  }

  /// The figures of each condition's draws, and their means over conditions.
  private func conditionalMetrics(_ draws: Draws) -> [Metric] {
    let weights = Dictionary(grouping: draws.conditions.indices, by: { draws.conditions[$0] })
      .sorted { $0.key < $1.key }.map { $0.value.map { draws.logWeights[$0] } }
    return conditionalFigures(weights)
  }

  /// The figures that paths drawn backwards from exact samples give.
  private func reverseFigures(
    _ forward: [Double], _ backward: [Double], truth: Double?
  ) -> [Metric] {
    let lower = elbo(forward, truth: truth).value
    return [
      eubo(backward, truth: truth, elbo: lower),
      evidenceGap(forward: forward, backward: backward),
      reverseLogNormalizer(backward, truth: truth),
    ]
  }
}
