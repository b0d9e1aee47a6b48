import Catalogs
import Storage

/// Which points a local search keeps.
public enum KeptStates: String, Codable, Sendable, CaseIterable {
  /// Where the chains are, whether or not they moved: these have the density as their limit.
  case states
  /// Accepted proposals only, as published: points where chains stay long count too little.
  case accepted
}

/// How a local search goes on from points and what it keeps.
///
/// The settings of all kernels stand side by side; one that the chosen kernel does not have must keep
/// its default.
public struct LocalSearchConfig: Codable, Sendable, Equatable {
  /// Name of the kernel; "auto" for mala where the density has a score, and random-walk elsewhere.
  public var kernel = LocalSearchConfig.automatic
  /// Steps of each chain.
  public var steps = 200
  /// The first of them, in which step sizes are learned and nothing is kept.
  public var burnIn = 100
  /// Steps from one kept point of a chain to the next.
  public var thin = 5
  /// What is kept.
  public var keep = KeptStates.states
  /// η, at the start where it is learned (mala).
  public var stepSize = MALAConfig().stepSize
  /// σ of the proposals, at the start where it is learned (random-walk, parallel-tempering).
  public var standardDeviation = RandomWalkConfig().standardDeviation
  /// How the step size is learned (all but stretch).
  public var adaptation = MALAConfig().adaptation
  /// What the step size is multiplied by where acceptance is high (all but stretch).
  public var raiseFactor = MALAConfig().raiseFactor
  /// What the step size is multiplied by where acceptance is low (all but stretch).
  public var lowerFactor = MALAConfig().lowerFactor
  /// a, the largest factor of a move (stretch).
  public var stretch = EnsembleStretchConfig().stretch
  /// Replicas of each chain (parallel-tempering).
  public var temperatures = ParallelTemperingConfig().temperatures
  /// The temperature of the hottest (parallel-tempering).
  public var highestTemperature = ParallelTemperingConfig().highestTemperature

  /// Sources.
  public static let references = [
    Reference(
      "Sendera, Kim, Mittal, et al.", 2024,
      "Improved off-policy training of diffusion samplers", "arXiv:2402.05098, section 4.2"),
    Reference("Kim, Yun, Bengio, et al.", 2023, "Local search GFlowNets", "arXiv:2310.02710"),
  ]

  static let automatic = "auto"

  /// The defaults.
  public init() {}

  /// The search as published: Langevin steps that adapt for ever, accepted proposals only.
  public static var published: LocalSearchConfig {
    var config = LocalSearchConfig()
    (config.adaptation, config.keep, config.thin) = (.published, .accepted, 1)
    return config
  }

  enum CodingKeys: String, CodingKey {
    case kernel, steps, thin, keep, adaptation, stretch, temperatures
    case burnIn = "burn_in"
    case stepSize = "step_size"
    case standardDeviation = "standard_deviation"
    case raiseFactor = "raise_factor"
    case lowerFactor = "lower_factor"
    case highestTemperature = "highest_temperature"
  }
}

extension LocalSearchConfig {
  /// The kernel of this name with these settings.
  /// - Parameter hasScore: Whether the density has a score.
  /// - Throws: `ConfigError` for an unknown name, or a setting that it lacks or that makes no sense.
  public func makeKernel(hasScore: Bool) throws -> any MarkovKernel {
    let name = kernel != Self.automatic ? kernel : hasScore ? "mala" : "random-walk"
    let own = ["kernel", "steps", "burn_in", "thin", "keep"]
    func table(_ config: LocalSearchConfig) throws -> JSONObject {
      let all = try ConfigEncoder().encode(config).object ?? JSONObject()
      return JSONObject(all.entries.filter { !own.contains($0.key) }.map { ($0.key, $0.value) })
    }
    return try markovKernels.make(
      name, at: "kernel", from: table(self), defaults: table(LocalSearchConfig()))
  }

  /// Checks every number.
  /// - Throws: `ConfigError` with the key.
  public func validate() throws {
    try ConfigError.require(
      (1...1_000_000).contains(steps), "steps", "it must be from 1 to 1000000")
    try ConfigError.require(
      (0..<steps).contains(burnIn), "burn_in", "it must be from 0 to the steps, exclusive")
    try ConfigError.require((1...steps).contains(thin), "thin", "it must be from 1 to the steps")
    guard kernel != Self.automatic else { return }
    _ = try makeKernel(hasScore: true)
  }

  /// Whether the states after a step, counted from 0, are kept.
  func keeps(after step: Int) -> Bool { step >= burnIn && (step - burnIn) % thin == 0 }

  /// The steps whose states are kept.
  var keptSteps: Int { (steps - burnIn + thin - 1) / thin }
}
