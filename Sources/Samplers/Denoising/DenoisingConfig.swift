import Diffusions
import Storage

/// What a denoising network says of a noised state y = a x + s ε.
public enum DenoisingPrediction: String, Codable, Sendable, CaseIterable {
  /// ε.
  case epsilon
  /// x.
  case data
  /// a ε - s x.
  case velocity
}

/// Which network learns to undo noise.
public enum DenoisingNetworkKind: String, Codable, Sendable, CaseIterable {
  /// Residual blocks for vectors.
  case mlp
  /// Convolutions, for images.
  case unet
  /// Attention among patches, for images.
  case transformer
  /// The best answer, computed: of a Gaussian mixture, whose prior then learns nothing (gaussian).
  case closedForm = "closed-form"
}

/// The network that learns to undo noise.
public struct DenoisingNetworkConfig: Codable, Sendable, Equatable {
  /// Which.
  public var kind = DenoisingNetworkKind.mlp
  /// Columns of hidden layers; channels of the first level of a U-Net.
  public var width = 256
  /// Blocks.
  public var layers = 3
  /// Rows of an image; 0 for the root of the pixels.
  public var height = 0
  /// Channels of an image.
  public var channels = 1
  /// Channels of a U-Net's levels as multiples of the width.
  public var multiples = [1, 2]
  /// Levels, from 0, of a U-Net with self-attention; between the middle blocks it always is.
  public var attentionLevels = [1]
  /// Groups of channels of a U-Net's normalisations.
  public var groups = 8
  /// Heads of attention.
  public var heads = 4
  /// Pixels of the edge of a Transformer's patches.
  public var patch = 2

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case kind, width, layers, height, channels, multiples, groups, heads, patch
    case attentionLevels = "attention_levels"
  }
}

/// A model that learns to undo noise from data: the prior of a posterior, or a sampler of its own.
public struct DenoisingConfig: Codable, Sendable, Equatable {
  /// The kind of noise: a name of `denoisingKinds`.
  public var kind = "gaussian"
  /// A NumPy file of data, [n, D]; empty for exact samples of the density.
  public var data = ""
  /// T, steps from noise to data.
  public var steps = 100
  /// The network.
  public var network = DenoisingNetworkConfig()
  /// Decay of the average of parameters that points are drawn with; 0 for none.
  public var averageDecay = 0.999
  /// The standard deviation of the data, which the network sees divided by it (gaussian).
  public var scale = 1.0
  /// L, noise levels of training (gaussian).
  public var levels = 1000
  /// How noise grows from level to level (gaussian).
  public var schedule = VarianceSchedule.linear
  /// What the network says (gaussian).
  public var prediction = DenoisingPrediction.epsilon
  /// The way from noise to data (gaussian).
  public var sampler = DenoisingSampler.ddpm
  /// The variance of steps (gaussian, ddpm and ve).
  public var variance = DenoisingVariance.fixedLarge
  /// The part of the variational bound in the loss, by which variances are learned (gaussian).
  public var boundWeight = 1e-3
  /// Noise of a step, as a multiple of that of ancestral sampling (gaussian, ddim).
  public var eta = 1.0
  /// The chance of a condition to be dropped in training, so that the network also learns without: it reads zeros then.
  public var dropConditions = 0.0
  /// w, how closely conditions are followed: 1 as closely as the data do, more for what they say beyond what there is
  /// without them (gaussian).
  public var conditionGuidance = 1.0
  /// What is particular to tokens (masked, ordered, uniform).
  public var tokens = TokenNoiseConfig()
  /// Noise added before each step (gaussian, edm).
  public var churn = 40.0
  /// The least standard deviation of a step, in units of the data (gaussian).
  public var leastDeviation = 0.01

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case kind, data, steps, network, scale, levels, schedule, prediction, sampler, variance, eta
    case churn, tokens
    case averageDecay = "average_decay"
    case boundWeight = "bound_weight"
    case leastDeviation = "least_deviation"
    case dropConditions = "drop_conditions"
    case conditionGuidance = "condition_guidance"
  }

  /// The numbers of a chain of so many steps.
  func settings(steps: Int) -> DenoisingSettings {
    var settings = DenoisingSettings()
    (settings.sampler, settings.steps, settings.variance) = (sampler, steps, variance)
    (settings.eta, settings.churn, settings.scale) = (eta, churn, scale)
    settings.leastDeviation = leastDeviation
    return settings
  }

  /// Checks every number.
  /// - Throws: `ConfigError` with the key.
  func validate() throws(ConfigError) {
    _ = try denoisingKind(kind)
    for (value, path, most) in [
      (steps, "steps", 100_000), (levels, "levels", 100_000), (network.width, "width", 8192),
      (network.layers, "layers", 64), (network.channels, "channels", 1024),
      (network.groups, "groups", 1024), (network.heads, "heads", 1024),
      (network.patch, "patch", 1024),
    ] {
      let key = path == "steps" || path == "levels" ? path : "network." + path
      try ConfigError.require((1...most).contains(value), key, "it must be from 1 to \(most)")
    }
    try ConfigError.require(
      kind != "gaussian" || steps <= levels, "steps", "it must be at most levels, \(levels)")
    for (value, path) in [(scale, "scale"), (leastDeviation, "least_deviation")] {
      try ConfigError.requirePositive(value, path)
    }
    for (value, path) in [(churn, "churn"), (boundWeight, "bound_weight")] {
      try ConfigError.require(value >= 0 && value.isFinite, path, "it must not be negative")
    }
    do { try tokens.validate() } catch { throw error.under("tokens") }
    try ConfigError.require(
      (0..<1).contains(dropConditions), "drop_conditions", "it must be from 0 to 1, exclusive")
    try ConfigError.require(
      (0...1000).contains(conditionGuidance), "condition_guidance", "it must be from 0 to 1000")
    try ConfigError.require(
      conditionGuidance == 1 || kind == "gaussian", "condition_guidance", "only gaussian knows it")
    try ConfigError.require((0...1).contains(eta), "eta", "it must be from 0 to 1")
    try ConfigError.require(
      (0..<1).contains(averageDecay), "average_decay", "it must be from 0 to 1, exclusive")
    try ConfigError.require(
      variance != .learned || sampler == .ddpm || sampler == .ve, "variance",
      "only ddpm and ve learn it")
  }
}
