import Diffusions
import Networks
import Objectives
import Optimizers
import Storage

/// What to do with paths on which a density or score is NaN or infinite.
public enum NonFinitePolicy: String, Codable, Sendable, CaseIterable {
  /// Stop with an error that names the first such point.
  case stop
  /// Leave those paths out of the loss and count them.
  case reject
}

/// Noise added to the simulated paths of training, not to their log-probabilities.
public struct ExplorationConfig: Codable, Sendable, Equatable {
  /// Standard deviation added to each step, at the start; where steps differ in length, the variance that
  /// is added is in proportion, and this is for the mean step.
  public var standardDeviation = 0.2
  /// The part of all steps over which it falls linearly to zero.
  public var decayFraction = 0.5

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case standardDeviation = "standard_deviation"
    case decayFraction = "decay_fraction"
  }

  /// The standard deviation at a step.
  func standardDeviation(at step: Int, of steps: Int) -> Double {
    let length = decayFraction * Double(steps)
    guard length > 0 else { return 0 }
    return standardDeviation * max(0, 1 - Double(step) / length)
  }
}

/// How a sampler learns.
public enum RunMethod: String, Codable, Sendable, CaseIterable {
  /// An objective on the paths of a process.
  case paths
  /// Iterated denoising energy matching: a score from energies at noised points of its own generation.
  case idem
  /// Denoising energy matching at noised points of the prior.
  case pdem
  /// A denoising model of data: exact samples of the density, or rows of a file. With a prior that was
  /// trained so, the posterior of that prior.
  case denoising

  /// Whether it learns a score from energies.
  var matchesEnergies: Bool { self == .idem || self == .pdem }
}

/// Everything that decides what a run is; every default is here.
public struct RunConfig: Codable, Sendable, Equatable {
  /// How it learns; what follows up to `off_policy` is for paths, `energy_matching` for idem and pdem.
  public var method = RunMethod.paths
  /// Name of the objective.
  public var objective = "trajectory-balance"
  /// Settings of the objective.
  public var objectiveSettings = ObjectiveSettings()
  /// The state flow, for objectives that have one.
  public var flow = StateFlowConfig()
  /// Training steps in all.
  public var steps = 5000
  /// Paths in each step.
  public var batchSize = 300
  /// Paths of a step that share a condition, for conditional densities.
  public var conditionRepeats = 10
  /// Decides every random number.
  public var seed: UInt64 = 0
  /// The process.
  public var process = ProcessConfig()
  /// The network.
  public var network = PathNetworkConfig()
  /// Exploration.
  public var exploration = ExplorationConfig()
  /// Training on paths from points found before.
  public var offPolicy = OffPolicyConfig()
  /// Energy matching.
  public var energyMatching = EnergyMatchingConfig()
  /// A denoising model.
  public var denoising = DenoisingConfig()
  /// A trained prior, of which the run learns the posterior with its density as the constraint.
  public var prior = PriorConfig()
  /// The optimiser.
  public var optimizer = OptimizerConfig()
  /// What to do about a NaN or an infinity.
  public var nonFinite = NonFinitePolicy.stop
  /// Steps from one report to the next.
  public var reportEvery = 50
  /// Steps from one checkpoint to the next.
  public var checkpointEvery = 1000
  /// Folder for checkpoints and metrics; empty for none.
  public var out = ""
  /// Go on from the checkpoint in `out` where there is one.
  public var resume = false

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case method, objective, flow, steps, seed, process, network, exploration, denoising, prior
    case optimizer, out, resume
    case objectiveSettings = "objective_settings"
    case batchSize = "batch_size"
    case conditionRepeats = "condition_repeats"
    case offPolicy = "off_policy"
    case energyMatching = "energy_matching"
    case nonFinite = "non_finite"
    case reportEvery = "report_every"
    case checkpointEvery = "checkpoint_every"
  }

  /// The keys that may differ when a run is taken up again: they change nothing already done.
  static let changeable = ["steps", "report_every", "checkpoint_every", "out", "resume"]
}
