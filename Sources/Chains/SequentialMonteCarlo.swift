import Catalogs
import Densities
import Kernels
import Metrics
import Storage

/// The numbers of tempered sequential Monte Carlo.
public struct SequentialMonteCarloConfig: Codable, Sendable, Equatable {
  /// How particles move.
  public var moves = ReplicaMoves.auto
  /// Moves in each stage.
  public var sweeps = 5
  /// The effective part of the particles that is left after a stage's weights.
  public var effectiveShare = 0.5

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case moves, sweeps
    case effectiveShare = "effective_share"
  }
}

/// Tempered sequential Monte Carlo: a cloud of particles from N(0, σ² I) to the density.
///
/// ```text
/// π_β ∝ N(0, σ² I)^(1-β) ρ^β;   each stage: β as far as the effective share allows (bisection), weights
/// (ρ / N)^(β′-β), systematic resampling, moves;   log Z = Σ log mean weight
/// ```
///
/// Widths and step sizes are learned from the cloud before and between moves. The estimates are consistent
/// as particles become many; what is learned from the cloud itself biases them by O(1/n).
/// Evaluations: particles times (1 + stages times moves). With `energy_calls`, what is left at β = 1 is
/// spent on further moves.
/// Reference: Del Moral, Doucet and Jasra (2006), *Sequential Monte Carlo samplers*,
/// doi:10.1111/j.1467-9868.2006.00553.x; Jasra, Stephens, Doucet and Tsagaris (2011), *Inference for
/// Lévy-driven stochastic volatility models via adaptive sequential Monte Carlo*, section 3
public struct SequentialMonteCarlo: ChainMethod {
  /// Sources.
  public static let references = [
    Reference(
      "Del Moral, Doucet, Jasra", 2006, "Sequential Monte Carlo samplers",
      "doi:10.1111/j.1467-9868.2006.00553.x"),
    Reference(
      "Jasra, Stephens, Doucet, Tsagaris", 2011,
      "Inference for Lévy-driven stochastic volatility models via adaptive sequential Monte Carlo",
      "doi:10.1111/j.1467-9469.2010.00723.x"),
  ]
  /// Stages after which β is taken not to arrive.
  private static let mostStages = 10_000

  private let config: SequentialMonteCarloConfig

  /// A method of checked numbers.
  /// - Throws: `ConfigError.invalid`.
  public init(_ config: SequentialMonteCarloConfig = SequentialMonteCarloConfig())
    throws(ConfigError)
  {
    try ConfigError.require(
      (1...100_000).contains(config.sweeps), "sweeps", "it must be from 1 to 100000")
    try ConfigError.require(
      config.effectiveShare > 0 && config.effectiveShare < 1, "effective_share",
      "it must be between 0 and 1")
    self.config = config
  }

  /// One repeat after the other.
  public func draw(
    _ density: any Density, _ plan: ChainPlan, pool: ThreadPool, poll: () throws -> Void
  ) throws -> ChainDraws {
    let shared = plan.config
    try shared.requireParticles()
    var record = ParticleRecord()
    var logs: [Double] = []
    var schedule = BridgeSchedule()
    for repetition in 0..<shared.chains {
      let stream = plan.stream.folding(UInt64(2 + repetition))
      let bridge = try Bridge(
        config.moves, density, count: shared.draws, deviation: shared.startDeviation, stream,
        pool: pool)
      let budget = shared.energyCalls > 0 ? shared.energyCalls / shared.chains : Int.max
      let (logZ, way) = try climb(bridge, budget: budget, poll)
      logs.append(logZ)
      schedule = way
      while budget < .max && bridge.costs(within: budget, stream) {
        try poll()
        try bridge.move(learningStep: false)
      }
      record.append(bridge)
    }
    let truth = (density as? any NormalizedDensity)?.logNormalizer
    return record.draws(
      plan, chains: shared.chains, dimension: density.dimension, schedule,
      [repeatedLogNormalizer(logs, truth: truth)])
  }

  /// Goes from β = 0 to 1.
  /// - Returns: log Z, and the way.
  func climb(
    _ bridge: Bridge, budget: Int, _ poll: () throws -> Void
  ) throws -> (logZ: Double, BridgeSchedule) {
    var logZ = 0.0
    var schedule = BridgeSchedule()
    while bridge.beta < 1 {
      let next = nextBeta(bridge)
      guard next > bridge.beta, schedule.betas.count < Self.mostStages else {
        throw ChainError.stuck(inverseTemperature: bridge.beta, reason: .slope)
      }
      bridge.rise(to: next)
      logZ += logMeanExp(bridge.logWeights)
      bridge.resample()
      bridge.learnWidths()
      schedule.betas.append(next)
      schedule.scales.append(bridge.scales)
      for _ in 0..<config.sweeps {
        try poll()
        guard bridge.chains.energyCalls + bridge.chains.state.rows <= budget else {
          throw ChainError.stuck(inverseTemperature: next, reason: .budget)
        }
        try bridge.move(learningStep: true)
      }
      schedule.stepSizes.append(bridge.stepSize)
    }
    return (logZ, schedule)
  }

  /// The largest β whose weights leave the effective share of those particles that are inside.
  private func nextBeta(_ bridge: Bridge) -> Double {
    let slopes = bridge.slopes
    let goal = config.effectiveShare * Double(slopes.count { $0 > -.infinity })
    func isEnough(_ rise: Double) -> Bool {
      effectiveSampleSize(slopes.map { rise * $0 }) >= goal
    }
    let all = 1 - bridge.beta
    if isEnough(all) { return 1 }
    // Halving first: where energies are vast, β begins at tiny numbers.
    var low = all / 2
    while low > 1e-300 && !isEnough(low) { low /= 2 }
    var high = 2 * low
    for _ in 0..<30 {
      let middle = (low + high) / 2
      if isEnough(middle) { low = middle } else { high = middle }
    }
    return bridge.beta + low
  }
}

extension Bridge {
  /// The widths of coordinates, [D].
  var scales: [Float] {
    Array(UnsafeBufferPointer(start: chains.state.scales, count: chains.state.dimension))
  }

  /// Whether another move's evaluations are within a budget.
  func costs(within budget: Int, _ stream: RandomStream) -> Bool {
    chains.energyCalls + chains.cost(ofNextStep: stream.folding(1)) <= budget
  }
}
