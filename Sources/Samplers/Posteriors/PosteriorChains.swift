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
  private let isCopy: Bool

  private static let ofPrior = "prior."
  private static let ofPosterior = "posterior."

  /// Declares and initialises all parameters.
  /// - Throws: `ConfigError`.
  init(_ config: RunConfig, _ shape: DenoisingShape) throws(ConfigError) {
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
    } catch {
      throw error.under("denoising")
    }
    set.prefix = ""
    logZ = set.add("log_z", Shape(1), .constant(0), group: .logZ)
    set.initialize(seed: config.seed)
  }

  /// Takes over a prior's parameters, averaged where it has an average, and begins the posterior as them.
  /// - Throws: `StorageError` where the file has other parameters.
  func begin(from file: RunFile) throws {
    let count = parameters.frozenCount
    let values = try file.averagedParameters() ?? namedParameters(of: file)
    guard values.count == count else {
      throw StorageError.malformed(
        path: file.path, format: "run",
        reason: "the prior has \(values.count) parameters, not \(count)")
    }
    parameters.values.update(from: values, count: count)
    if isCopy { (parameters.values + count).update(from: values, count: count) }
    parameters.refreshTransposes()
  }

  private func namedParameters(of file: RunFile) throws -> [Float] {
    try parameters.entries.filter { $0.name.hasPrefix(Self.ofPrior) }.flatMap {
      try file.parameter(String($0.name.dropFirst(Self.ofPrior.count)))
    }
  }
}
