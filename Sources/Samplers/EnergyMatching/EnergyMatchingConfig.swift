import Catalogs
import Networks
import Storage

/// What the bound on an estimated score is for.
public enum ScoreBoundGroup: String, Codable, Sendable, CaseIterable {
  /// The whole vector.
  case point
  /// The part of each particle.
  case particle
}

/// How much noise the steps of a reverse process have.
public enum StepNoise: String, Codable, Sendable, CaseIterable {
  /// v = h(t) - h(t′), what noising adds.
  case noising
  /// v (1 - v / (h + c²)), what is left of it given where a step begins, in a Gaussian mode of deviation c =
  /// `mode_deviation`: in such a mode any number of steps is exact.
  case posterior
}

/// Which network learns the score.
public enum ScoreNetworkKind: String, Codable, Sendable, CaseIterable {
  /// `egnn` for particles, `mlp` elsewhere.
  case auto
  /// A residual network of sinusoids of coordinates and time.
  case mlp
  /// An equivariant graph network, for particles.
  case egnn
}

/// The network of a noised score.
///
/// S(x, t) = g ∇ log ρ(x) - (1 - g) x / (h + a²) + F(x, t) / √(h + b²), g = c² / (h + c²), each term with its
/// deviation; as published, S = F.
public struct ScoreNetworkConfig: Codable, Sendable, Equatable {
  /// Which.
  public var kind = ScoreNetworkKind.auto
  /// Width of hidden layers.
  public var width = 128
  /// Residual blocks, or layers of the graph network.
  public var layers = 3
  /// What times are multiplied by before their sinusoids; 1 as published, where most sinusoids hardly
  /// move.
  public var timeScale = 100.0
  /// Bumps over the distances of particles that the graph network sees, beside squared distances; 0 for none.
  public var distanceBumps = 0
  /// The distance up to which they are.
  public var distanceReach = 5.0
  /// a: the deviation of a Gaussian whose score is given; 0 for none.
  public var priorDeviation = 0.0
  /// b: the deviation by which the output is scaled; 0 for none.
  public var outputDeviation = 0.0
  /// c: the deviation of noise at which half of the density's own score is given, within its bound; 0 for none.
  ///
  /// Where there is little noise, S is that score, however stiff, and F need not learn it. A step of the
  /// reverse process then takes a density evaluation a point.
  public var scoreDeviation = 0.0

  /// The defaults.
  public init() {}

  /// The bumps, where there are any.
  var distanceBasis: DistanceBasis? {
    distanceBumps > 0 ? DistanceBasis(count: distanceBumps, reach: distanceReach) : nil
  }

  /// Checks the numbers of the bumps.
  /// - Throws: `ConfigError` with the key.
  func validateDistances() throws(ConfigError) {
    try ConfigError.require(
      distanceBumps == 0 || (2...1000).contains(distanceBumps), "distance_bumps",
      "it must be 0, or from 2 to 1000")
    try ConfigError.requirePositive(distanceReach, "distance_reach")
  }

  enum CodingKeys: String, CodingKey {
    case kind, width, layers
    case timeScale = "time_scale"
    case distanceBumps = "distance_bumps"
    case distanceReach = "distance_reach"
    case priorDeviation = "prior_deviation"
    case outputDeviation = "output_deviation"
    case scoreDeviation = "score_deviation"
  }
}

/// How energies are matched.
public struct EnergyMatchingConfig: Codable, Sendable, Equatable {
  /// K, noised points in an estimate of the score.
  public var samples = 500
  /// c, the deviation of one mode, in units of `scale`: estimates mix the scores at noised points with the
  /// noise there as c² to h, which has no variance within a Gaussian mode; 0 for scores alone.
  public var modeDeviation = 0.0
  /// Whether the kept point that was noised is one more of an estimate's points.
  ///
  /// Were kept points exact, estimates would be without bias however few points there are; without it they
  /// know no more of a density than noise around a point finds.
  public var includeOrigin = false
  /// Whether the first term of the estimate's bias, 1/K, is removed by Richardson's extrapolation.
  public var richardson = false
  /// The noise, in units of `scale`.
  public var noise = NoiseSchedule()
  /// What the density's coordinates are divided by.
  public var scale = 1.0
  /// The norm beyond which estimates are shortened, in units of 1 / `scale`; 0 for none.
  public var scoreBound = 20.0
  /// What the bound is for.
  public var boundGroup = ScoreBoundGroup.particle
  /// w: the loss of a row is multiplied by h + w; 0 for a factor of 1.
  public var lossFloor = 0.0
  /// The network.
  public var network = ScoreNetworkConfig()
  /// Steps of training from one generation of points to the next.
  public var generateEvery = 100
  /// Points of a generation.
  public var generateCount = 1000
  /// Steps of the reverse process.
  public var generateSteps = 1000
  /// How much noise its steps have.
  public var stepNoise = StepNoise.noising
  /// What the noise of the reverse process is multiplied by.
  public var noiseFactor = 1.0
  /// Points of the first generation, before any training.
  public var initialCount = 1024
  /// Whether the first generation follows estimates of the score; otherwise it is noise.
  public var initialEstimates = false
  /// Steps up the density, without noise, of points that are kept.
  ///
  /// Published as negative time. Draws take none: their weights would be wrong.
  public var descentSteps = 0
  /// What the score, within its bound, is multiplied by in such a step.
  public var descentStep = 1e-4
  /// Langevin steps with acceptance, of points before they are kept.
  ///
  /// Draws take none: `Run.refine` is for them.
  public var refinement = 0
  /// The kept points.
  public var replay = EnergyMatchingConfig.publishedReplay
  /// Decay of the average of parameters that points are drawn with; 0 for none.
  public var averageDecay = 0.0
  /// Which parameters draws are made with once trained; generations in training use the last.
  public var selection = SelectionRule.last

  /// Sources.
  public static let references = [
    Reference(
      "Akhound-Sadegh, Rector-Brooks, Bose, et al.", 2024,
      "Iterated denoising energy matching for sampling from Boltzmann densities",
      "arXiv:2402.06121")
  ]

  private static var publishedReplay: ReplayConfig {
    var replay = ReplayConfig()
    (replay.capacity, replay.priority) = (10_000, .uniform)
    return replay
  }

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case samples, richardson, noise, scale, network, refinement, replay, selection
    case modeDeviation = "mode_deviation"
    case includeOrigin = "include_origin"
    case scoreBound = "score_bound"
    case boundGroup = "bound_group"
    case lossFloor = "loss_floor"
    case generateEvery = "generate_every"
    case generateCount = "generate_count"
    case generateSteps = "generate_steps"
    case stepNoise = "step_noise"
    case noiseFactor = "noise_factor"
    case initialCount = "initial_count"
    case initialEstimates = "initial_estimates"
    case averageDecay = "average_decay"
    case descentSteps = "descent_steps"
    case descentStep = "descent_step"
  }

  /// Checks every number.
  /// - Throws: `ConfigError` with the key.
  func validate() throws(ConfigError) {
    try ConfigError.require((2...10_000_000).contains(samples), "samples", "it must be at least 2")
    try ConfigError.require(
      !includeOrigin || !richardson, "include_origin",
      "richardson takes a bias away that it has not")
    try ConfigError.require(
      stepNoise == .noising || modeDeviation > 0, "step_noise",
      "the posterior's noise is that of a mode: set mode_deviation")
    do { try noise.validate() } catch { throw error.under("noise") }
    do { try replay.validate() } catch { throw error.under("replay") }
    for (value, path) in [(scale, "scale"), (noiseFactor, "noise_factor")] {
      try ConfigError.requirePositive(value, path)
    }
    for (value, path) in [
      (scoreBound, "score_bound"), (lossFloor, "loss_floor"), (modeDeviation, "mode_deviation"),
      (network.priorDeviation, "network.prior_deviation"),
      (network.outputDeviation, "network.output_deviation"),
      (network.scoreDeviation, "network.score_deviation"),
    ] {
      try ConfigError.require(value >= 0 && value.isFinite, path, "it must not be negative")
    }
    for (value, path) in [
      (generateEvery, "generate_every"), (generateCount, "generate_count"),
      (generateSteps, "generate_steps"), (initialCount, "initial_count"),
    ] {
      try ConfigError.require((1...1_000_000).contains(value), path, "it must be positive")
    }
    try ConfigError.require(
      (1...8192).contains(network.width), "network.width", "it must be from 1 to 8192")
    try ConfigError.require(
      (1...64).contains(network.layers), "network.layers", "it must be from 1 to 64")
    try ConfigError.require(
      (0...1_000_000).contains(descentSteps), "descent_steps", "it must not be negative")
    try ConfigError.requirePositive(descentStep, "descent_step")
    try ConfigError.requirePositive(network.timeScale, "network.time_scale")
    do { try network.validateDistances() } catch { throw error.under("network") }
    try ConfigError.require(
      (0...1_000_000).contains(refinement), "refinement", "it must not be negative")
    try ConfigError.require(
      (0..<1).contains(averageDecay), "average_decay", "it must be from 0 to 1, exclusive")
  }
}
