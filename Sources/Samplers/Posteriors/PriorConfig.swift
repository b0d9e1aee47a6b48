import Catalogs
import Storage

/// What a posterior's network begins as.
///
/// That of a denoising prior has beside it a learned multiple of the constraint's score at the data that is expected, where
/// `network.langevin` is on.
public enum PosteriorStart: String, Codable, Sendable, CaseIterable {
  /// The prior's network, every weight of which learns.
  case copy
  /// The prior's network, whose matrices learn a change of low rank.
  case lora
  /// The prior's network, which stays as it is, and a network of its own sizes that adds to what it says,
  /// at first nothing. The multiple of the score, at the data that the prior expects, is there unless
  /// `network.langevin` is off.
  case correction
}

/// A trained prior p and how the posterior p(x) r(x)ᵝ / Z is learned from it, log r the density of the run.
///
///     log w = β log r(x_T) + Σ log p - Σ log q
///
/// The prior's log-probabilities take the place of those of the way back, so what objectives say of
/// log ρ + Σ log P_B - Σ log P_F they say of log w: trajectory balance is relative trajectory balance.
/// Any r ≥ 0 will do that has a finite mean under the prior; it need not be a density that can be normalised.
public struct PriorConfig: Codable, Sendable, Equatable {
  /// The prior's run, a file or folder; empty for none.
  public var run = ""
  /// What the posterior's network begins as.
  public var initialize = PosteriorStart.copy
  /// Rank of the change of each matrix (lora).
  public var loraRank = 8
  /// α: changes count α / rank times (lora).
  public var loraAlpha = 8.0
  /// β, the power of the constraint, at the end.
  public var inverseTemperature = 1.0
  /// β at the start, from where it goes to its end in equal steps.
  public var inverseTemperatureStart = 1.0
  /// Training steps that takes; 0 for the end from the start on.
  public var inverseTemperatureSteps = 0
  /// Squared residuals count only so far as they exceed this.
  public var hinge = 0.0
  /// The part of a path's steps that carry gradient, drawn anew each time; it is scaled up by the inverse.
  public var stepFraction = 1.0
  /// Steps that given end points (`off_policy`) are noised, to come forwards again to others: two paths whose
  /// log-weights are compared with each other, so that log Z drops out; 0 for whole paths.
  public var backAndForth = 0
  /// A policy gradient in place of the objective, to compare with (method denoising).
  public var policy = PolicyGradientConfig()

  /// What is added to the drift without training; a baseline, or where training begins.
  public var guidance = GuidanceKind.none
  /// How much of it.
  public var guidanceScale = 1.0

  /// Sources.
  public static let references = [
    Reference(
      "Venkatraman, Jain, Scimeca, et al.", 2024,
      "Amortizing intractable inference in diffusion models for vision, language, and control",
      "arXiv:2405.20971, eq. 8 and appendix H.1"),
    Reference(
      "Hu, Shen, Wallis, et al.", 2022, "LoRA: low-rank adaptation of large language models",
      "arXiv:2106.09685"),
  ]

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case run, initialize, hinge, policy, guidance
    case guidanceScale = "guidance_scale"
    case loraRank = "lora_rank"
    case loraAlpha = "lora_alpha"
    case inverseTemperature = "inverse_temperature"
    case inverseTemperatureStart = "inverse_temperature_start"
    case inverseTemperatureSteps = "inverse_temperature_steps"
    case stepFraction = "step_fraction"
    case backAndForth = "back_and_forth"
  }

  /// Whether there is a prior.
  public var isSet: Bool { !run.isEmpty }

  /// β of the training step after `done` steps.
  public func inverseTemperature(at done: Int) -> Double {
    guard done < inverseTemperatureSteps else { return inverseTemperature }
    let part = Double(done) / Double(inverseTemperatureSteps)
    return inverseTemperatureStart + part * (inverseTemperature - inverseTemperatureStart)
  }

  /// Checks every number.
  /// - Throws: `ConfigError.invalid` with the key.
  public func validate() throws(ConfigError) {
    try ConfigError.require(
      isSet || self == PriorConfig(), "run", "it must name the run of the prior, a file or folder")
    try ConfigError.require(
      (1...8192).contains(loraRank), "lora_rank", "it must be from 1 to 8192")
    try ConfigError.requirePositive(loraAlpha, "lora_alpha")
    try ConfigError.require(
      (0...1e6).contains(inverseTemperature), "inverse_temperature", "it must be from 0 to 1000000")
    try ConfigError.require(
      (0...1e6).contains(inverseTemperatureStart), "inverse_temperature_start",
      "it must be from 0 to 1000000")
    try ConfigError.require(
      inverseTemperatureSteps >= 0, "inverse_temperature_steps", "it must not be negative")
    try ConfigError.require(
      hinge >= 0 && hinge.isFinite, "hinge", "it must be finite and not negative")
    try ConfigError.require(
      stepFraction > 0 && stepFraction <= 1, "step_fraction",
      "it must be greater than 0 and at most 1")
    do { try policy.validate() } catch { throw error.under("policy") }
    try ConfigError.require(
      guidanceScale.magnitude <= 1e6, "guidance_scale", "it must be from -1000000 to 1000000")
    try ConfigError.require(backAndForth >= 0, "back_and_forth", "it must not be negative")
  }
}
