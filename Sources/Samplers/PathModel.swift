import Densities
import Diffusions
import Networks
import Objectives
import Tensors

/// A process with its networks: everything that decides the distribution of paths.
final class PathModel: @unchecked Sendable {
  let process: PathProcess
  let network: PathNetwork
  /// Says mean and variance of the way back, where they are learned.
  let reversal: PathNetwork?
  let parameters = ParameterSet()
  let logZ: Parameter
  /// The state flow, for objectives that have one.
  let flow: StateFlow?
  let isForwardLooking: Bool
  let scoreBound: Double
  /// What conditions add, for a conditional density.
  let conditions: ConditionNetwork?
  /// Paths of a batch that share a condition.
  let conditionRepeats: Int
  /// The prior of a posterior.
  let prior: PathPrior?
  /// What learns in the place of the network's matrices, where these are the prior's with changes.
  let changes: LowRankChanges?
  /// What is added to the drift without being learned.
  let guidance: (kind: GuidanceKind, scale: Double)

  /// - Parameters:
  ///   - conditionDimension: Numbers that describe a condition; nil where there are none.
  ///   - prior: The prior of which a posterior is learned, its process and network those of the configuration.
  init(
    _ config: RunConfig, dimension: Int, usesScore: Bool, hasFlow: Bool = false,
    conditionDimension: Int? = nil, prior saved: SavedPrior? = nil
  ) throws {
    let set = parameters
    process = try PathProcess(config.process)
    let start = config.prior.initialize
    let prior = try saved.map {
      try PathPrior(
        $0, start: start, dimension: dimension, conditionDimension: conditionDimension)
    }
    self.prior = prior
    guidance = prior == nil ? (.none, 0) : (config.prior.guidance, config.prior.guidanceScale)
    let isFrozen = prior != nil && start == .lora
    network = PathNetwork(
      config.network, dimension: dimension, usesScore: usesScore,
      learnsVariance: config.process.learnedVariance, group: isFrozen ? .statistics : .network,
      in: parameters)
    changes =
      isFrozen
      ? prior.map {
        LowRankChanges(
          rank: config.prior.loraRank, alpha: config.prior.loraAlpha, prior: $0.parameters,
          in: set)
      } : nil
    logZ = parameters.add("log_z", Shape(1), .constant(0), group: .logZ)
    flow =
      hasFlow
      ? StateFlow(config.network, dimension: dimension, in: parameters) : nil
    var ofReversal = config.network
    ofReversal.gateBound = 0
    reversal =
      config.process.learnedBackward
      ? PathNetwork(
        ofReversal, dimension: dimension, usesScore: false, learnsVariance: true,
        prefix: "backward.", in: parameters) : nil
    conditionRepeats = config.conditionRepeats
    isForwardLooking = config.flow.forwardLooking
    scoreBound = config.network.scoreBound
    conditions = conditionDimension.map {
      ConditionNetwork(
        inputs: $0, width: config.network.width, hasFlow: hasFlow, in: set)
    }
    parameters.initialize(seed: config.seed)
    guard let saved, start != .correction else { return }
    try saved.load(into: parameters)
  }

  /// Tables for the conditions of a batch, for a conditional density.
  func makeConditionTables(
    _ density: CountedDensity, _ objective: any PathObjective, count: Int
  ) -> ConditionTables? {
    guard let conditions, let base = density.base as? any ConditionalDensity else { return nil }
    return ConditionTables(
      conditions, base, count: count, groupSize: conditionRepeats,
      learnsLogZ: objective.unknown == .logZ || (objective.unknown == .flow && hasRandomStart),
      hasFlow: flow != nil, prior: prior)
  }

  /// Whether a path has a transition of its own for drawing x_0.
  var hasRandomStart: Bool { process.hasRandomStart }
}
