import Catalogs
import Densities
import Kernels
import Metrics
import Storage

/// The numbers of annealed importance sampling.
public struct AnnealedImportanceConfig: Codable, Sendable, Equatable {
  /// How particles move.
  public var moves = ReplicaMoves.auto
  /// Stages from the Gaussian to the density.
  public var stages = 200
  /// Moves in each stage.
  public var sweeps = 1
  /// Particles of the pilot, from which the stages, widths and step sizes are learned.
  public var pilot = 200

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey { case moves, stages, sweeps, pilot }
}

/// Annealed importance sampling: independent particles from N(0, σ² I) to the density, never resampled.
///
/// ```text
/// log w = Σ (β_{k+1} - β_k) (log ρ(x_k) - log N(x_k; 0, σ² I)),   E[w] = Z
/// ```
///
/// A pilot by sequential Monte Carlo says how to share out β, and all widths and step sizes, which are
/// then fixed: the weights are unbiased. The points are resampled by weight within each repeat.
/// Evaluations: those of the pilot, and particles times (1 + stages times moves). With `energy_calls`, the
/// stages are as many as these allow.
/// Reference: Neal (2001), *Annealed importance sampling*, arXiv:physics/9803008
public struct AnnealedImportance: ChainMethod {
  /// Sources.
  public static let references = [
    Reference("Neal", 2001, "Annealed importance sampling", "arXiv:physics/9803008")
  ]

  private let config: AnnealedImportanceConfig

  /// A method of checked numbers.
  /// - Throws: `ConfigError.invalid`.
  public init(_ config: AnnealedImportanceConfig = AnnealedImportanceConfig()) throws(ConfigError) {
    try ConfigError.require(
      (1...1_000_000).contains(config.stages), "stages", "it must be from 1 to 1000000")
    try ConfigError.require(
      (1...100_000).contains(config.sweeps), "sweeps", "it must be from 1 to 100000")
    try ConfigError.require(
      (10...1_000_000).contains(config.pilot), "pilot", "it must be from 10 to 1000000")
    self.config = config
  }

  /// All repeats at once.
  public func draw(
    _ density: any Density, _ plan: ChainPlan, pool: ThreadPool, poll: () throws -> Void
  ) throws -> ChainDraws {
    let shared = plan.config
    try shared.requireParticles()
    var record = ParticleRecord()
    let pilot = try Bridge(
      config.moves, density, count: config.pilot, deviation: shared.startDeviation,
      plan.stream.folding(2), pool: pool)
    let budget = shared.energyCalls > 0 ? shared.energyCalls : Int.max
    let learned = try SequentialMonteCarlo().climb(pilot, budget: budget, poll).1
    record.count(pilot)
    let bridge = try Bridge(
      config.moves, density, count: shared.chains * shared.draws, deviation: shared.startDeviation,
      plan.stream.folding(3), pool: pool)
    let schedule = learned.resampled(
      try stages(bridge, left: budget - pilot.chains.energyCalls - bridge.chains.energyCalls))
    try descend(bridge, schedule, poll)
    let truth = (density as? any NormalizedDensity)?.logNormalizer
    let figures = [
      logNormalizer(bridge.logWeights, truth: truth),
      effectiveShare(bridge.logWeights), paretoShape(bridge.logWeights),
    ]
    bridge.resample(groups: shared.chains)
    record.append(bridge)
    return record.draws(
      plan, chains: shared.chains, dimension: density.dimension, schedule, figures)
  }

  private func stages(_ bridge: Bridge, left: Int) throws -> Int {
    guard left < Int.max / 2 else { return config.stages }
    let each =
      Double(bridge.chains.state.rows * config.sweeps) * bridge.chains.kernel.meanEvaluations
    try ConfigError.require(
      Double(left) >= each, "energy_calls", "they are spent before the particles' first stage")
    return min(1_000_000, Int(Double(left) / each))
  }

  private func descend(
    _ bridge: Bridge, _ schedule: BridgeSchedule, _ poll: () throws -> Void
  ) throws {
    for stage in schedule.betas.indices {
      bridge.rise(to: schedule.betas[stage])
      bridge.stepSize = schedule.stepSizes[stage]
      for (j, width) in schedule.scales[stage].enumerated() {
        bridge.chains.state.scales[j] = width
      }
      for _ in 0..<config.sweeps {
        try poll()
        try bridge.move(learningStep: false)
      }
    }
  }
}

extension Bridge {
  /// Turns the weights of each group of particles into numbers of copies within it.
  func resample(groups: Int) {
    let size = logWeights.count / groups
    var sources: [Int] = []
    for group in 0..<groups {
      var words = drawing(group)
      let weights = Array(logWeights[group * size..<(group + 1) * size])
      let isDead = !weights.contains { $0 > -.infinity }
      let chosen = isDead ? Array(0..<size) : systematicResampling(weights, u: words.unit())
      sources += chosen.map { $0 + group * size }
    }
    chains.state.gather(sources)
  }
}
