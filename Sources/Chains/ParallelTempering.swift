import Catalogs
import Kernels
import Storage

/// The numbers of parallel tempering.
public struct ParallelTemperingConfig: Codable, Sendable, Equatable {
  /// R, replicas of each chain.
  public var temperatures = 8
  /// The temperature of the hottest.
  public var highestTemperature = 20.0
  /// σ of the proposals at temperature 1, at the start where it is learned.
  public var standardDeviation = 0.5
  /// How each replica's σ is learned.
  public var adaptation = StepAdaptation.dualAveraging
  /// What σ is multiplied by where acceptance is high (multiplicative, published).
  public var raiseFactor = 1.01
  /// What σ is multiplied by where acceptance is low (multiplicative, published).
  public var lowerFactor = 0.99

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case temperatures, adaptation
    case highestTemperature = "highest_temperature"
    case standardDeviation = "standard_deviation"
    case raiseFactor = "raise_factor"
    case lowerFactor = "lower_factor"
  }
}

/// Parallel tempering: replicas of each chain at rising temperatures, which swap places.
///
/// ```text
/// ρ_k = ρ^(1/T_k),  T_k = T_max^(k/(R-1)),   a swap of k and k + 1 has
/// log-ratio (1/T_k - 1/T_{k+1}) (log ρ(x_{k+1}) - log ρ(x_k))
/// ```
///
/// Each step is a random-walk move of every replica, σ_k at first ∝ √T_k, then swaps of the even
/// pairs in even steps and of the odd pairs in odd ones. Values of the density only, R a step. Replica 0 has the
/// density itself.
/// Reference: Geyer (1991), *Markov chain Monte Carlo maximum likelihood*; Earl and Deem (2005),
/// *Parallel tempering*, doi:10.1039/b509983h
public struct ParallelTempering: MarkovKernel {
  /// Sources.
  public static let references = [
    Reference(
      "Geyer", 1991, "Markov chain Monte Carlo maximum likelihood",
      "Computing science and statistics: proceedings of the 23rd symposium on the interface, 156"),
    Reference(
      "Earl, Deem", 2005, "Parallel tempering: theory, applications, and new perspectives",
      "doi:10.1039/b509983h"),
  ]

  private let config: ParallelTemperingConfig
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
    temperatures = (0..<config.temperatures).map { k in
      let part = Double(k) / Double(config.temperatures - 1)
      return scalarExp(part * scalarLog(config.highestTemperature))
    }
  }

  /// R.
  public var replicas: Int { config.temperatures }

  /// T_k.
  public func temperature(_ replica: Int) -> Double { temperatures[replica] }

  /// σ_k.
  public func tuning(replica: Int) -> StepTuning {
    StepTuning(
      config.adaptation,
      from: config.standardDeviation * temperature(replica).squareRoot(),
      towards: RandomWalk.bestAcceptance, raise: config.raiseFactor, lower: config.lowerFactor)
  }

  /// Writes x′.
  public func propose(
    _ rows: Range<Int>, at step: ChainStep, _ state: ChainState, _ proposals: ChainProposals
  ) {
    walk(rows, at: step, state, proposals)
  }

  /// (log ρ(x′) - log ρ(x)) / T_k.
  public func logRatio(
    row: Int, at step: ChainStep, _ state: ChainState, _ proposals: ChainProposals
  ) -> Double {
    (Double(proposals.logDensity[row]) - Double(state.logDensity[row]))
      / temperature(row % replicas)
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
    let odds = (1 / temperature(k) - 1 / temperature(k + 1)) * rise
    let happens = step.accepts(scalarExp(min(0, odds)), row: row, column: 1)
    proposals.swap[row] = happens ? .accepted : .rejected
    if !happens { return }
    let (cold, hot) = (state.x + row * state.dimension, state.x + (row + 1) * state.dimension)
    for j in 0..<state.dimension { (cold[j], hot[j]) = (hot[j], cold[j]) }
    let value = state.logDensity[row]
    (state.logDensity[row], state.logDensity[row + 1]) = (state.logDensity[row + 1], value)
  }
}
