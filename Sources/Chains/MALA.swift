import Catalogs
import Storage

/// The numbers of a Metropolis-adjusted Langevin kernel.
public struct MALAConfig: Codable, Sendable, Equatable {
  /// η, at the start where it is learned.
  public var stepSize = 0.1
  /// How η is learned.
  public var adaptation = StepAdaptation.dualAveraging
  /// What η is multiplied by where acceptance is high (multiplicative, published).
  public var raiseFactor = 1.01
  /// What η is multiplied by where acceptance is low (multiplicative, published).
  public var lowerFactor = 0.99

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case adaptation
    case stepSize = "step_size"
    case raiseFactor = "raise_factor"
    case lowerFactor = "lower_factor"
  }
}

/// Metropolis-adjusted Langevin: one step of Langevin dynamics, accepted or not.
///
/// ```text
/// x′ = x + η ∇ log ρ(x) + √(2η) ε,   log q(x′ | x) = -|x′ - x - η ∇ log ρ(x)|² / 4η
/// ```
///
/// Best in high dimension where 0.574 of the proposals are accepted, with η ∝ D^(-1/3).
/// Reference: Roberts and Rosenthal (1998), *Optimal scaling of discrete approximations to Langevin
/// diffusions*, doi:10.1111/1467-9868.00123
public struct MALA: MarkovKernel {
  /// Sources.
  public static let references = [
    Reference(
      "Roberts, Tweedie", 1996,
      "Exponential convergence of Langevin distributions and their discrete approximations",
      "doi:10.2307/3318418"),
    Reference(
      "Roberts, Rosenthal", 1998,
      "Optimal scaling of discrete approximations to Langevin diffusions",
      "doi:10.1111/1467-9868.00123"),
  ]
  /// The acceptance at which chains move fastest.
  public static let bestAcceptance = 0.574

  private let config: MALAConfig

  /// A kernel of checked numbers.
  /// - Throws: `ConfigError.invalid`.
  public init(_ config: MALAConfig = MALAConfig()) throws(ConfigError) {
    try StepTuning.validate(
      config.stepSize, "step_size", raise: config.raiseFactor, lower: config.lowerFactor)
    self.config = config
  }

  /// True.
  public var needsScore: Bool { true }

  /// η.
  public func tuning(replica: Int) -> StepTuning {
    StepTuning(
      config.adaptation, from: config.stepSize, towards: Self.bestAcceptance,
      raise: config.raiseFactor, lower: config.lowerFactor)
  }

  /// Writes x′.
  public func propose(
    _ rows: Range<Int>, at step: ChainStep, _ state: ChainState, _ proposals: ChainProposals
  ) {
    guard let score = state.score else { preconditionFailure("no score") }
    let start = rows.lowerBound * state.dimension
    step.normals(rows, columns: state.dimension, to: proposals.x + start)
    let eta = state.tunings[0].stepSize
    let (drift, noise) = (Float(eta), Float((2 * eta).squareRoot()))
    for i in start..<rows.upperBound * state.dimension {
      proposals.x[i] = (state.x[i] + drift * score[i]) + noise * proposals.x[i]
    }
  }

  /// log ρ(x′) - log ρ(x) + log q(x | x′) - log q(x′ | x), from the points as they are stored.
  public func logRatio(
    row: Int, at step: ChainStep, _ state: ChainState, _ proposals: ChainProposals
  ) -> Double {
    guard let score = state.score, let proposed = proposals.score else {
      preconditionFailure("no score")
    }
    let eta = state.tunings[0].stepSize
    var (forward, backward) = (0.0, 0.0)
    for i in row * state.dimension..<(row + 1) * state.dimension {
      let move = Double(proposals.x[i]) - Double(state.x[i])
      let (there, back) = (move - eta * Double(score[i]), -move - eta * Double(proposed[i]))
      forward += there * there
      backward += back * back
    }
    return Double(proposals.logDensity[row]) - Double(state.logDensity[row])
      + (forward - backward) / (4 * eta)
  }
}
