import Catalogs
import Storage

/// The numbers of a random-walk kernel.
public struct RandomWalkConfig: Codable, Sendable, Equatable {
  /// σ of the proposals, at the start where it is learned.
  public var standardDeviation = 0.5
  /// How σ is learned.
  public var adaptation = StepAdaptation.dualAveraging
  /// What σ is multiplied by where acceptance is high (multiplicative, published).
  public var raiseFactor = 1.01
  /// What σ is multiplied by where acceptance is low (multiplicative, published).
  public var lowerFactor = 0.99

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case adaptation
    case standardDeviation = "standard_deviation"
    case raiseFactor = "raise_factor"
    case lowerFactor = "lower_factor"
  }
}

/// Random-walk Metropolis, x′ = x + σ s ε, s the learned width of a coordinate: needs values of the density only.
///
/// Best in high dimension where 0.234 of the proposals are accepted, with σ ∝ D^(-1/2).
/// Reference: Roberts, Gelman and Gilks (1997), *Weak convergence and optimal scaling of random walk
/// Metropolis algorithms*, doi:10.1214/aoap/1034625254
public struct RandomWalk: MarkovKernel {
  /// Sources.
  public static let references = [
    Reference(
      "Metropolis, Rosenbluth, Rosenbluth, Teller, Teller", 1953,
      "Equation of state calculations by fast computing machines", "doi:10.1063/1.1699114"),
    Reference(
      "Roberts, Gelman, Gilks", 1997,
      "Weak convergence and optimal scaling of random walk Metropolis algorithms",
      "doi:10.1214/aoap/1034625254"),
  ]
  /// The acceptance at which chains move fastest.
  public static let bestAcceptance = 0.234

  private let config: RandomWalkConfig

  /// A kernel of checked numbers.
  /// - Throws: `ConfigError.invalid`.
  public init(_ config: RandomWalkConfig = RandomWalkConfig()) throws(ConfigError) {
    try StepTuning.validate(
      config.standardDeviation, "standard_deviation", raise: config.raiseFactor,
      lower: config.lowerFactor)
    self.config = config
  }

  /// σ.
  public func tuning(replica: Int) -> StepTuning {
    StepTuning(
      config.adaptation, from: config.standardDeviation, towards: Self.bestAcceptance,
      raise: config.raiseFactor, lower: config.lowerFactor)
  }

  /// Writes x′, each row with the σ of its replica.
  public func propose(
    _ rows: Range<Int>, at step: ChainStep, _ state: ChainState, _ proposals: ChainProposals
  ) {
    let columns = state.dimension
    step.normals(rows, columns: columns, to: proposals.x + rows.lowerBound * columns)
    for row in rows {
      let deviation = Float(state.tunings[row % state.replicas].stepSize)
      let (start, scales) = (row * columns, state.scales(ofRow: row))
      for j in 0..<columns {
        let noise = deviation * scales[j] * proposals.x[start + j]
        proposals.x[start + j] = state.x[start + j] + noise
      }
    }
  }

  /// log π(x′) - log π(x).
  public func logRatio(
    row: Int, at step: ChainStep, _ state: ChainState, _ proposals: ChainProposals
  ) -> Double {
    state.logRise(row, proposals)
  }
}
