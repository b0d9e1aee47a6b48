import Samplers
import Storage

/// Which digits the studies are about, and how long they train, as their user may set it.
struct DigitsStudyConfig: Codable, Sendable, Equatable {
  /// `digits` for 1797 of 8 by 8 pixels, an IDX file with labels beside it, or a folder with MNIST's files.
  var data = "digits"
  /// Columns of the prior's hidden layers.
  var width: Int
  /// Steps of the prior.
  var priorSteps: Int
  /// Steps of each method under it.
  var steps: Int
  /// β: the posteriors are p r^β.
  var inverseTemperature = 1.0

  enum CodingKeys: String, CodingKey {
    case data, width, steps
    case priorSteps = "prior_steps"
    case inverseTemperature = "inverse_temperature"
  }

  /// - Throws: `ConfigError`.
  func validate() throws(ConfigError) {
    for (value, key) in [(priorSteps, "prior_steps"), (steps, "steps")] {
      try ConfigError.require(
        (1...100_000_000).contains(value), key, "it must be from 1 to 100000000")
    }
    try ConfigError.requirePositive(inverseTemperature, "inverse_temperature")
  }
}

/// The numbers of the study of digits, by preset.
struct DigitsSettings {
  /// Where the digits are.
  var data = "digits"
  /// The prior's run.
  var prior = RunConfig.imagePrior
  /// What posteriors have in common.
  var posterior = RunConfig.imagePosterior
  /// Whether RTB of all weights and of a network beside the prior's are tried, too: dear, and not the best.
  var triesOtherStarts = true
  /// Images that are judged, and as many to tune by.
  var count = 2500
  var tuningCount = 300
  /// Images of a posterior that are resampled by weight.
  var weightedCount = 16_000
  /// ζ that guidance is tried with.
  var scales = [0.03, 0.1, 0.3, 1, 3]
  /// The same where guidance lowers the distance of r to 1.
  var distanceScales = [0.1, 0.3, 1, 3, 10]
  /// Penalties that policy gradients are tried with.
  var penalties = [0.01, 0.1]

  init(_ preset: Preset) {
    prior.denoising.prediction = .velocity
    prior.denoising.leastDeviation = 0.03
    posterior.optimizer.clipNorm = 3
    posterior.prior.inverseTemperatureStart = 0.1
    switch preset {
    case .smoke: becomeSmoke()
    case .laptop:
      (prior.steps, posterior.steps) = (40_000, 1000)
      (prior.denoising.steps, prior.denoising.network.width) = (50, 128)
      triesOtherStarts = false
      // Nearer than 0.01 on all three sets of digits, by both methods.
      penalties = [0.1]
    case .paper:
      (prior.steps, posterior.steps) = (100_000, 5000)
      prior.denoising.steps = 100
      prior.denoising.network.kind = .unet
      prior.denoising.network.width = 64
      prior.denoising.network.layers = 2
    }
  }

  /// Takes over what the user set, and sets what follows from it.
  /// - Throws: `ConfigError` for an unknown key or a number that makes no sense.
  mutating func take(_ settings: JSONValue) throws {
    let own = DigitsStudyConfig(
      width: prior.denoising.network.width, priorSteps: prior.steps, steps: posterior.steps)
    let config = try resolve(own, overrides: settings)
    try config.validate()
    (data, prior.denoising.network.width) = (config.data, config.width)
    (prior.steps, posterior.steps) = (config.priorSteps, config.steps)
    posterior.prior.inverseTemperature = config.inverseTemperature
    posterior.prior.inverseTemperatureSteps = posterior.steps / 2
  }

  /// Has a network that is narrower than the images predict these, not velocities.
  ///
  /// Noise has as many directions as there are pixels, and does not get through it.
  mutating func fit(pixels: Int) {
    let network = prior.denoising.network
    if network.kind == .mlp, network.width < pixels { prior.denoising.prediction = .data }
  }

  private mutating func becomeSmoke() {
    (prior.steps, posterior.steps) = (20, 3)
    (prior.denoising.steps, prior.denoising.network.width) = (6, 16)
    (prior.batchSize, posterior.batchSize) = (32, 8)
    (count, tuningCount, weightedCount) = (70, 70, 140)
    (scales, distanceScales, penalties) = ([0.1], [0.1], [0.01])
  }
}
