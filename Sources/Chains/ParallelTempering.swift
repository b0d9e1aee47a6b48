import Catalogs
import Kernels
import Storage

/// The numbers of parallel tempering.
public struct ParallelTemperingConfig: Codable, Sendable, Equatable {
  /// R, replicas of each chain.
  public var temperatures = 8
  /// The temperature of the hottest.
  public var highestTemperature = 20.0
  /// How the replicas move.
  public var moves = ReplicaMoves.randomWalk
  /// The step size at temperature 1, at the start where it is learned.
  public var standardDeviation = 0.5
  /// How each replica's σ is learned.
  public var adaptation = StepAdaptation.dualAveraging
  /// What σ is multiplied by where acceptance is high (multiplicative, published).
  public var raiseFactor = 1.01
  /// What σ is multiplied by where acceptance is low (multiplicative, published).
  public var lowerFactor = 0.99

  /// The defaults.
  public init() {}

  /// The defaults with other moves.
  init(moves: ReplicaMoves) { self.moves = moves }

  enum CodingKeys: String, CodingKey {
    case temperatures, adaptation, moves
    case highestTemperature = "highest_temperature"
    case standardDeviation = "standard_deviation"
    case raiseFactor = "raise_factor"
    case lowerFactor = "lower_factor"
  }
}

/// How a replica moves between swaps.
public enum ReplicaMoves: String, Codable, Sendable, CaseIterable {
  /// By random-walk Metropolis.
  case randomWalk = "random-walk"
  /// By Langevin steps along the score.
  case mala
  /// By Hamiltonian paths along the score.
  case hmc
  /// By `mala` where the density has a score, and by `random-walk` elsewhere.
  case auto

  /// The kernel of these moves.
  func kernel(
    stepSize: Double, _ adaptation: StepAdaptation, raise: Double = 1.01, lower: Double = 0.99
  ) throws(ConfigError) -> any MarkovKernel {
    switch self {
    case .randomWalk, .auto:
      var config = RandomWalkConfig()
      (config.standardDeviation, config.adaptation) = (stepSize, adaptation)
      (config.raiseFactor, config.lowerFactor) = (raise, lower)
      return try RandomWalk(config)
    case .mala:
      var config = MALAConfig()
      (config.stepSize, config.adaptation) = (stepSize, adaptation)
      (config.raiseFactor, config.lowerFactor) = (raise, lower)
      return try MALA(config)
    case .hmc:
      var config = HMCConfig()
      (config.stepSize, config.adaptation) = (stepSize, adaptation)
      (config.raiseFactor, config.lowerFactor) = (raise, lower)
      return try HMC(config)
    }
  }

  /// What `auto` stands for.
  func resolved(hasScore: Bool) -> ReplicaMoves {
    self == .auto ? (hasScore ? .mala : .randomWalk) : self
  }
}

/// Parallel tempering: replicas of each chain at rising temperatures, which swap places.
///
/// ```text
/// ρ_k = ρ^(1/T_k),  T_k = T_max^(k/(R-1)) at first,   a swap of k and k + 1 has
/// log-ratio (1/T_k - 1/T_{k+1}) (log ρ(x_{k+1}) - log ρ(x_k))
/// ```
///
/// Each step is a move of every replica, then swaps of the even pairs in even steps and of the odd pairs in
/// odd ones. R evaluations a step, or L R with Hamiltonian moves. Replica 0 has the density itself. Where a
/// warm-up has windows, the temperatures between the first and the last are learned: so that all swaps have
/// the same chance, each gets the same part of Λ = Σ (1 - chance).
/// Reference: Geyer (1991), *Markov chain Monte Carlo maximum likelihood*; Earl and Deem (2005),
/// *Parallel tempering*, doi:10.1039/b509983h; Syed, Bouchard-Côté, Deligiannidis and Doucet (2022),
/// *Non-reversible parallel tempering*, section 5.1, arXiv:1905.02939
public struct ParallelTempering: MarkovKernel {
  /// Sources.
  public static let references = [
    Reference(
      "Geyer", 1991, "Markov chain Monte Carlo maximum likelihood",
      "Computing science and statistics: proceedings of the 23rd symposium on the interface, 156"),
    Reference(
      "Earl, Deem", 2005, "Parallel tempering: theory, applications, and new perspectives",
      "doi:10.1039/b509983h"),
    Reference(
      "Syed, Bouchard-Côté, Deligiannidis, Doucet", 2022, "Non-reversible parallel tempering",
      "arXiv:1905.02939"),
  ]

  private let config: ParallelTemperingConfig
  private let moves: any MarkovKernel
  private let temperatures: [Double]

  /// A kernel of checked numbers.
  /// - Throws: `ConfigError.invalid`.
  public init(_ config: ParallelTemperingConfig = ParallelTemperingConfig()) throws(ConfigError) {
    try ConfigError.require(
      (2...1000).contains(config.temperatures), "temperatures", "it must be from 2 to 1000")
    try ConfigError.require(
      config.highestTemperature > 1 && config.highestTemperature <= 1e9, "highest_temperature",
      "it must be above 1, at most 1e9")
    try StepTuning.validate(
      config.standardDeviation, "standard_deviation", raise: config.raiseFactor,
      lower: config.lowerFactor)
    self.config = config
    moves = try config.moves.kernel(
      stepSize: config.standardDeviation, config.adaptation, raise: config.raiseFactor,
      lower: config.lowerFactor)
    temperatures = (0..<config.temperatures).map { k in
      let part = Double(k) / Double(config.temperatures - 1)
      return scalarExp(part * scalarLog(config.highestTemperature))
    }
  }

  /// The kernel with the moves that `auto` stands for.
  public func suited(toScore hasScore: Bool) -> any MarkovKernel {
    var resolved = config
    resolved.moves = config.moves.resolved(hasScore: hasScore)
    return resolved == config ? self : (try? ParallelTempering(resolved)) ?? self
  }

  /// Whether the moves do.
  public var needsScore: Bool { moves.needsScore }

  /// Whether the moves do.
  public var needsMomentum: Bool { moves.needsMomentum }

  /// R.
  public var replicas: Int { config.temperatures }

  /// T_k at the start.
  public func temperature(_ replica: Int) -> Double { temperatures[replica] }

  /// 1/T_k.
  public func annealing(replica: Int) -> Annealing {
    Annealing(temperature: temperatures[replica])
  }

  /// Those of the moves.
  public func evaluations(at step: ChainStep) -> Int { moves.evaluations(at: step) }

  /// That of the moves.
  public var meanEvaluations: Double { moves.meanEvaluations }

  /// That of the moves, √T_k times as large.
  public func tuning(replica: Int) -> StepTuning {
    moves.tuning(replica: replica).scaled(temperature(replica).squareRoot())
  }

  /// A move's proposal.
  public func propose(
    _ rows: Range<Int>, at step: ChainStep, _ state: ChainState, _ proposals: ChainProposals
  ) {
    moves.propose(rows, at: step, state, proposals)
  }

  /// What a move does.
  public func advance(
    _ rows: Range<Int>, at step: ChainStep, _ state: ChainState, _ proposals: ChainProposals
  ) {
    moves.advance(rows, at: step, state, proposals)
  }

  /// That of a move on ρ_k.
  public func logRatio(
    row: Int, at step: ChainStep, _ state: ChainState, _ proposals: ChainProposals
  ) -> Double {
    moves.logRatio(row: row, at: step, state, proposals)
  }

  /// Swaps neighbours, from the first or the second replica on.
  public func exchange(
    _ rows: Range<Int>, at step: ChainStep, _ state: ChainState, _ proposals: ChainProposals
  ) {
    for first in stride(from: rows.lowerBound, to: rows.upperBound, by: replicas) {
      for k in stride(from: Int(step.step % 2), to: replicas - 1, by: 2) {
        swap(first + k, at: step, state, proposals)
      }
    }
  }

  /// Swaps a row with the next by their odds.
  private func swap(
    _ row: Int, at step: ChainStep, _ state: ChainState, _ proposals: ChainProposals
  ) {
    let k = row % replicas
    let rise = Double(state.logDensity[row + 1]) - Double(state.logDensity[row])
    let colder = state.annealings[k].inverseTemperature
    let hotter = state.annealings[k + 1].inverseTemperature
    let chance = scalarExp(min(0, (colder - hotter) * rise))
    let happens = step.accepts(chance, row: row, column: 1)
    proposals.swapChance[row] = chance
    proposals.swap[row] = happens ? .accepted : .rejected
    if happens { state.swap(row, row + 1) }
  }

  /// Temperatures that share out Λ equally, between the first and the last as they are.
  public func renewed(_ annealings: [Annealing], swapChances: [Double]) -> [Annealing] {
    let barrier = swapChances.reduce(into: [0.0]) { $0.append($0[$0.count - 1] + (1 - $1)) }
    guard let total = barrier.last, total.isFinite, total > 0.01 else { return annealings }
    let logs = annealings.map { -scalarLog($0.inverseTemperature) }
    var renewed = annealings
    for k in 1..<replicas - 1 {
      let goal = total * Double(k) / Double(replicas - 1)
      guard let upper = barrier.firstIndex(where: { $0 >= goal }), upper > 0 else { continue }
      let part = (goal - barrier[upper - 1]) / (barrier[upper] - barrier[upper - 1])
      let log = logs[upper - 1] + part * (logs[upper] - logs[upper - 1])
      renewed[k] = Annealing(temperature: scalarExp(log))
    }
    return renewed
  }
}
