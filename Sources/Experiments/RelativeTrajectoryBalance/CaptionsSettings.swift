import Samplers
import Storage
import Tasks

/// How long the study of captions trains, as its user may set it.
struct CaptionsStudyConfig: Codable, Sendable, Equatable {
  /// Steps of the prior.
  var priorSteps: Int
  /// Steps of each method under it.
  var steps: Int

  enum CodingKeys: String, CodingKey {
    case steps
    case priorSteps = "prior_steps"
  }

  /// - Throws: `ConfigError`.
  func validate() throws(ConfigError) {
    for (value, key) in [(priorSteps, "prior_steps"), (steps, "steps")] {
      try ConfigError.require(
        (1...100_000_000).contains(value), key, "it must be from 1 to 100000000")
    }
  }
}

/// The numbers of the study of captions, by preset.
struct CaptionsSettings {
  /// The pictures.
  var shapes = ShapesConfig()
  /// How the network learns whose judgement is the constraint.
  var agreement = AgreementConfig()
  /// Passes over the pictures of the network that judges the methods.
  var judgeEpochs = 20
  /// The prior's run.
  var prior = RunConfig.imagePrior
  /// What posteriors have in common.
  var posterior = RunConfig.imagePosterior
  /// Pictures of each caption that are judged, and draws of the prior that exact ones are chosen from.
  var count = 100
  var referenceCount = 2000
  /// w of guidance without training.
  var guidance = [2.0]
  /// Penalties of policy gradients; each has a row.
  var penalties = (reinforce: [0.1], dpok: [0.1, 1])

  init(_ preset: Preset) {
    shapes.count = 4000
    agreement.steps = 1000
    prior.denoising.prediction = .data
    prior.denoising.leastDeviation = 0.05
    prior.denoising.dropConditions = 0.1
    posterior.conditionRepeats = 16
    posterior.prior.inverseTemperature = 2
    posterior.optimizer.clipNorm = 1
    switch preset {
    case .smoke: becomeSmoke()
    case .laptop:
      (prior.steps, posterior.steps) = (12_000, 4000)
      (prior.denoising.steps, prior.denoising.network.layers) = (10, 2)
      prior.denoising.network.width = 192
    case .paper:
      (shapes.edge, shapes.count) = (32, 100_000)
      (prior.steps, posterior.steps) = (300_000, 10_000)
      prior.denoising.steps = 50
      prior.denoising.network.kind = .unet
      prior.denoising.network.width = 64
      prior.denoising.network.layers = 2
      prior.denoising.network.channels = 3
      (agreement.steps, agreement.channels) = (20_000, 16)
    }
  }

  /// Takes over what the user set.
  /// - Throws: `ConfigError` for an unknown key or a number that makes no sense.
  mutating func take(_ settings: JSONValue) throws {
    let own = CaptionsStudyConfig(priorSteps: prior.steps, steps: posterior.steps)
    let config = try resolve(own, overrides: settings)
    try config.validate()
    (prior.steps, posterior.steps) = (config.priorSteps, config.steps)
  }

  private mutating func becomeSmoke() {
    (shapes.count, shapes.heldBack) = (200, 2)
    (agreement.steps, agreement.channels, agreement.features, judgeEpochs) = (3, 2, 8, 1)
    (prior.steps, posterior.steps) = (20, 2)
    (prior.denoising.steps, prior.denoising.network.width) = (5, 16)
    (prior.batchSize, posterior.batchSize, posterior.conditionRepeats) = (32, 8, 4)
    (count, referenceCount, guidance) = (6, 40, [2])
    penalties = ([0.1], [1])
  }
}
