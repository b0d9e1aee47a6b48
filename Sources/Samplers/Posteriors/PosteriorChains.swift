import Densities
import Networks
import Storage
import Tensors

/// A frozen prior and the posterior that learns, in one set of parameters.
///
/// The prior's parameters come first and are held fixed. A copy has parameters of its own; changes of low
/// rank are beside the prior's matrices.
final class PosteriorChains {
  /// The prior, the posterior's changes or copy, and log Z.
  let parameters = ParameterSet()
  /// p.
  let prior: any DenoisingModel
  /// q.
  let model: any DenoisingModel
  /// The learned log Z.
  let logZ: Parameter
  /// What conditions add to it, where there are any.
  let normalizer: ConditionalNormalizer?
  private let isCopy: Bool

  private static let ofPrior = "prior."
  private static let ofPosterior = "posterior."

  /// A posterior that begins as its prior.
  /// - Parameter constraint: log r.
  /// - Throws: `ConfigError`.
  init(
    _ config: RunConfig, _ saved: SavedPrior, _ constraint: CountedDensity
  ) throws {
    let shape = DenoisingShape(of: constraint.base)
    let set = parameters
    let score = try Self.usesScore(config, constraint) ? constraint : nil
    set.prefix = Self.ofPrior
    do {
      var own = config.denoising
      own.network = saved.config.denoising.network
      prior = try makeDenoisingModel(own, shape.with(mixture: saved.mixture), in: set)
      set.freeze()
      isCopy = config.prior.initialize == .copy
      set.prefix = Self.ofPosterior
      model = try Self.posterior(of: prior, config, shape, scoreOf: score, in: set)
    } catch let error as ConfigError {
      throw error.under("denoising")
    }
    set.prefix = ""
    logZ = set.add("log_z", Shape(1), .constant(0), group: .logZ)
    let inputs = shape.conditionDimension
    normalizer = inputs > 0 ? ConditionalNormalizer(inputs: inputs, in: set) : nil
    set.initialize(seed: config.seed)
    try begin(from: saved)
  }

  private static func posterior(
    of prior: any DenoisingModel, _ config: RunConfig, _ shape: DenoisingShape,
    scoreOf constraint: CountedDensity?, in set: ParameterSet
  ) throws -> any DenoisingModel {
    let bound = config.network.scoreBound
    if config.prior.initialize == .correction {
      return try gaussian(prior).corrected(
        by: config.denoising.network, shape, scoreOf: constraint, bound: bound, in: set)
    }
    let own = try changed(prior, config, shape, in: set)
    guard let constraint else { return own }
    return try gaussian(own).scored(of: constraint, bound: bound, in: set)
  }

  /// The prior with changes of low rank, or a copy.
  private static func changed(
    _ prior: any DenoisingModel, _ config: RunConfig, _ shape: DenoisingShape,
    in set: ParameterSet
  ) throws(ConfigError) -> any DenoisingModel {
    guard config.prior.initialize == .copy else {
      return prior.adapted(
        "lora", rank: config.prior.loraRank, alpha: config.prior.loraAlpha, in: set)
    }
    let copy = try makeDenoisingModel(config.denoising, shape, in: set)
    guard let chain = copy as? GaussianChain, let prior = prior as? GaussianChain else {
      return copy
    }
    return chain.changing(prior)
  }

  private static func gaussian(
    _ model: any DenoisingModel
  ) throws(ConfigError) -> GaussianChain {
    guard let chain = model as? GaussianChain else {
      throw .invalid(path: "kind", reason: "only gaussian noise can be corrected")
    }
    return chain
  }

  /// Whether the posterior has a multiple of the constraint's score: a correction unless told otherwise.
  private static func usesScore(
    _ config: RunConfig, _ constraint: CountedDensity
  ) throws(ConfigError) -> Bool {
    let choice = config.network.langevin
    let hasScore =
      constraint.differentiable != nil && !constraint.isFunction
      && !(constraint.base is any ConditionalDensity)
    try ConfigError.require(
      choice != .on || hasScore, "network.langevin",
      "only densities that are built in, with a score and without conditions, correct steps by it")
    return hasScore
      && (choice == .on || choice == .auto && config.prior.initialize == .correction)
  }

  /// Takes over a prior's parameters, averaged where it has an average, and begins the posterior as them.
  /// - Throws: `ConfigError` where it has others.
  private func begin(from saved: SavedPrior) throws {
    try saved.load(into: parameters, prefix: Self.ofPrior)
    if isCopy {
      let count = parameters.frozenCount
      (parameters.values + count).update(from: parameters.values, count: count)
    }
    parameters.refreshTransposes()
  }
}
