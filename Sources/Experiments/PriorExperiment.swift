import Densities
import Kernels
import Samplers
import Storage

/// The prior that an experiment needs: trained once for all seeds, before the first of them.
public struct PriorExperiment: Sendable {
  /// What settings of a posterior name until the prior's folder is known.
  static let placeholder = "(the experiment's prior)"

  /// Name of the density that the prior learns.
  public let density: String
  /// Its settings in each preset.
  let settings: @Sendable (Preset) -> PresetSettings
}

extension Reproduction {
  /// The folder of the prior.
  public var folderOfPrior: String { folder + "/prior" }

  /// Whether a prior is to be trained: not where the user names one.
  var trainsPrior: Bool { settings.run.prior.run == PriorExperiment.placeholder }

  /// Opens the run of the prior, from its checkpoint where it has one; nil for an experiment without, and where the
  /// user names a prior.
  /// - Throws: `ConfigError`, `StorageError`.
  public func openPrior(pool: ThreadPool = .shared) throws -> Run? {
    guard trainsPrior, let prior = experiment.prior else { return nil }
    let settings = prior.settings(preset)
    var config = settings.run
    (config.out, config.resume) = (folderOfPrior, true)
    return try Run(
      NamedDensity(prior.density, config: settings.density), config: config, pool: pool)
  }
}
