import Densities
import Kernels
import Metrics
import Storage

extension Run {
  /// The prior that a configuration names: that of its folder's checkpoint where it goes on from one.
  static func prior(of config: RunConfig) throws -> SavedPrior? {
    guard config.prior.isSet else { return nil }
    let folder = RunFolder(path: config.out)
    if config.resume, !config.out.isEmpty, folder.hasCheckpoint {
      return try RunFile(readingFrom: folder.checkpoint).prior()
    }
    return try SavedPrior(readingFrom: config.prior.run)
  }

  /// What is known of the distribution that the run learns: its density, or the posterior that a constraint
  /// has under the prior it is meant for; nil where nothing is.
  public var known: (any Density)? {
    guard prior != nil else { return density.density }
    guard config.prior.inverseTemperature == 1 else { return nil }
    return (density.density as? any ConstraintDensity)?.posterior
  }

  /// log Z, where it is known.
  public var knownLogNormalizer: Double? {
    guard prior != nil else { return (density.density as? any NormalizedDensity)?.logNormalizer }
    guard config.prior.inverseTemperature == 1 else { return nil }
    return (density.density as? any ConstraintDensity)?.posteriorLogNormalizer
  }

  /// Draws of a posterior's prior, with the log-weights β log r that make them draws of the posterior.
  ///
  /// Exact whatever the posterior's run has learned, if there are enough: of the prior as it was trained, not
  /// of what it was to learn.
  /// - Throws: `ConfigError` for a run without a prior; what `sample` throws.
  public func samplePrior(
    _ count: Int, seed: UInt64, _ config: SamplingConfig = SamplingConfig(),
    poll: () throws -> Void = {}
  ) throws -> Draws {
    guard let prior, let trainer = trainer as? PathTrainer else {
      throw ConfigError.invalid(path: "prior.run", reason: "the run has no prior on paths")
    }
    try config.validate()
    let conditional = density.density as? any ConditionalDensity
    let model = try PathModel(
      prior.config, dimension: density.density.dimension, usesScore: false,
      conditionDimension: conditional?.conditionDimension)
    try prior.load(into: model.parameters)
    let sampler = PathSampler(trainer: trainer, model: model, density: density.density, pool: pool)
    let draws = try sampler.sample(count, seed: seed, config, poll)
    let beta = self.config.prior.inverseTemperature
    let weights = draws.logDensity.map { $0 == -.infinity ? $0 : beta * $0 }
    return Draws(
      x: draws.x, logWeights: weights, logDensity: draws.logDensity, conditions: draws.conditions,
      count: count, dimension: draws.dimension, energyCalls: draws.energyCalls,
      gradientCalls: draws.gradientCalls)
  }

  /// What draws of the prior as it was trained say: its log Z, and where modes are known, how far the shares
  /// of the posterior's draws are from those of its weighted draws.
  func priorFigures(
    _ own: Draws, _ config: EvaluationConfig, _ poll: () throws -> Void
  ) throws -> [Metric] {
    guard prior != nil, trainer is PathTrainer else { return [] }
    var sampling = SamplingConfig()
    sampling.steps = config.steps
    let draws = try samplePrior(
      config.samples, seed: RandomStream(seed: config.seed).folding(.prior).key, sampling,
      poll: poll)
    let logZ = logNormalizer(draws.logWeights, truth: knownLogNormalizer)
    guard let modes = known as? any MultimodalDensity, modes.modeCount > 1 else {
      return [logZ.renamed("prior-log-normalizer")]
    }
    let masses = WeightedModes(draws.x, logWeights: draws.logWeights, modes)
    return [
      logZ.renamed("prior-log-normalizer"), masses.distance(to: ModeWeights(own.x, modes)),
    ]
  }
}
