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
  /// - Throws: `ConfigError`.
  init(_ config: RunConfig, _ saved: SavedPrior, _ shape: DenoisingShape) throws {
    let set = parameters
    set.prefix = Self.ofPrior
    do {
      prior = try makeDenoisingModel(config.denoising, shape, in: set)
      set.freeze()
      isCopy = config.prior.initialize != .lora
      set.prefix = Self.ofPosterior
      model =
        isCopy
        ? try makeDenoisingModel(config.denoising, shape, in: set)
        : prior.adapted(
          "lora", rank: config.prior.loraRank, alpha: config.prior.loraAlpha, in: set)
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
