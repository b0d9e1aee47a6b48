import Densities
import Kernels
import Metrics
import Storage
import Tensors

extension Run {
  /// How likely points are under the sampler, and what the flow that tells so is worth as a sampler itself.
  ///
  /// - Parameters:
  ///   - points: Points of the density, [n, D], such as those of a reference; exact samples where nil, if
  ///     the density has any.
  ///   - draws: Points that a flow is fitted to, [m, D], such as refined draws; draws where nil.
  ///   - overrides: Of `LikelihoodConfig`.
  ///   - poll: Called often; what it throws ends the call.
  /// - Returns: The negative log-likelihood of the points where there are any, then the figures of the
  ///   importance weights log ρ - log q of the flow's draws.
  /// - Throws: `ConfigError`; `FlowError` where the flow cannot be integrated; what `sample` throws.
  public func likelihood(
    of points: [Float]? = nil, fittedTo draws: [Float]? = nil,
    overrides: JSONValue = .object(JSONObject()),
    poll: () throws -> Void = {}
  ) throws -> Evaluation {
    let config = try resolve(LikelihoodConfig(), overrides: overrides)
    try config.validate()
    guard !(density.density is any ConditionalDensity) else {
      throw ConfigError.invalid(
        path: "density", reason: "a flow for several conditions is not fitted")
    }
    guard prior == nil else {
      throw ConfigError.invalid(
        path: "prior.run",
        reason: "the density is a constraint, which no flow's draws are weighed by")
    }
    let judge = LikelihoodJudge(
      run: self, config: config, points: points, given: draws)
    return try judge.evaluation(poll)
  }
}

/// One judgement of a run by a flow.
struct LikelihoodJudge {
  let run: Run
  let config: LikelihoodConfig
  let points: [Float]?
  /// What a flow is fitted to in place of draws.
  let given: [Float]?

  private var dimension: Int { run.density.density.dimension }
  private var system: ParticleSystem? { (run.density.density as? any ParticleDensity)?.system }
  /// The density on the space that the flow's points are in.
  private var density: any Density {
    (run.density.density as? any ParticleDensity)?.withFreeCenter ?? run.density.density
  }
  private var stream: RandomStream { RandomStream(seed: config.seed) }

  func evaluation(_ poll: () throws -> Void) throws -> Evaluation {
    let draws =
      given == nil ? try run.sample(config.draws, seed: config.seed, poll: poll) : nil
    let counted = CountedDensity(density)
    let metrics = try withFlow(given ?? draws?.x ?? [], poll) { flow, scale in
      try likelihood(flow, scale, counted, poll) + weightFigures(flow, scale, counted, poll)
    }
    return Evaluation(
      metrics: metrics, step: run.stepsDone, checksum: draws?.checksum ?? checksumOfGiven,
      parameters: run.checksum,
      energyCalls: run.energyCalls + (draws?.energyCalls ?? 0) + counted.energyCalls,
      gradientCalls: run.gradientCalls + (draws?.gradientCalls ?? 0))
  }

  private var checksumOfGiven: String {
    var checksum = Checksum()
    given?.withUnsafeBytes { checksum.update(bytes: $0) }
    return checksum.hexadecimal
  }

  /// Calls `body` with the flow, and what its coordinates are multiplied by.
  private func withFlow(
    _ draws: [Float], _ poll: () throws -> Void,
    _ body: (ProbabilityFlow, _ scale: Double) throws -> [Metric]
  ) throws -> [Metric] {
    switch config.flow {
    case .matched:
      let x = centered(draws)
      let matching = try FlowMatching(
        config.matching, to: x, dimension: dimension, system: system, seed: config.seed,
        pool: run.pool)
      try matching.train(on: x, poll)
      return try body(flow(matching.field, matching.parameters), 1)
    case .own:
      guard let trainer = run.trainer as? EnergyMatchingTrainer else {
        throw ConfigError.invalid(
          path: "flow", reason: "only energy matching has a flow of its own; choose matched")
      }
      let matching = run.config.energyMatching
      try ConfigError.require(
        matching.network.scoreDeviation == 0, "flow",
        "the run's own flow has the density's score in it, whose derivatives are not known; "
          + "choose matched")
      let field = ScoreField(network: trainer.network, noise: matching.noise)
      var metrics: [Metric] = []
      try trainer.withChosen {
        metrics = try body(flow(field, trainer.parameters), matching.scale)
      }
      return metrics
    }
  }

  private func flow(_ field: any FlowField, _ parameters: ParameterSet) -> ProbabilityFlow {
    ProbabilityFlow(
      field, parameters, dimension: dimension, system: system, config, pool: run.pool)
  }

  /// The negative log-likelihood of given points, or of exact samples.
  private func likelihood(
    _ flow: ProbabilityFlow, _ scale: Double, _ counted: CountedDensity, _ poll: () throws -> Void
  ) throws -> [Metric] {
    let samplable = run.density.density as? any SamplableDensity
    guard
      let x = points.map(centered)
        ?? samplable.map({ ExactSamples($0, stream).all(config.samples) })
    else { return [] }
    let values = try flow.logDensity(of: x.map { $0 / Float(scale) }, poll)
      .map { $0 - jacobian(scale) }
    let logZ = (density as? any NormalizedDensity)?.logNormalizer
    let exact = try logZ.map { logZ in try counted.logDensity(of: x).map { $0 - logZ } }
    return [negativeLogLikelihood(values, exact: exact)]
  }

  /// What the weights of the flow's draws tell.
  private func weightFigures(
    _ flow: ProbabilityFlow, _ scale: Double, _ counted: CountedDensity, _ poll: () throws -> Void
  ) throws -> [Metric] {
    let (x, logFlow) = try flow.draw(config.samples, stream.folding(.flowMatching), poll)
    let values = try counted.logDensity(of: x.map { $0 * Float(scale) })
    let weights = zip(values, logFlow).map { $0 - $1 + jacobian(scale) }
    let truth = (density as? any NormalizedDensity)?.logNormalizer
    return [
      elbo(weights, truth: truth), logNormalizer(weights, truth: truth),
      effectiveShare(weights), paretoShape(weights),
    ]
  }

  private func jacobian(_ scale: Double) -> Double {
    Double(system?.degreesOfFreedom ?? dimension) * scalarLog(scale)
  }

  /// Particles about their centre.
  private func centered(_ x: [Float]) -> [Float] {
    var x = x
    x.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      system?.removeMean(base, rows: buffer.count / dimension)
    }
    return x
  }
}
