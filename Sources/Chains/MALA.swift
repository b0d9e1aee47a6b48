import Catalogs
import Storage

/// The numbers of a Metropolis-adjusted Langevin kernel.
public struct MALAConfig: Codable, Sendable, Equatable {
  /// η, at the start where it is learned.
  public var stepSize = 0.1
  /// How η is learned.
  public var adaptation = StepAdaptation.dualAveraging
  /// b: the drift of a particle goes no further than b times what its noise goes; 0 for no bound.
  public var driftBound = 2.0
  /// What η is multiplied by where acceptance is high (multiplicative, published).
  public var raiseFactor = 1.01
  /// What η is multiplied by where acceptance is low (multiplicative, published).
  public var lowerFactor = 0.99

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case adaptation
    case stepSize = "step_size"
    case driftBound = "drift_bound"
    case raiseFactor = "raise_factor"
    case lowerFactor = "lower_factor"
  }
}

/// Metropolis-adjusted Langevin: one step of Langevin dynamics, accepted or not.
///
/// ```text
/// x′ = x + η s² ∇ log ρ(x) + √(2η) s ε,   log q(x′ | x) = -|(x′ - x - η s² ∇ log ρ(x)) / s|² / 4η
/// ```
///
/// s is the learned width of a coordinate, 1 before any is learned. The drift of each of a system's particles is
/// bounded, in proposals and in their densities: see `ScoreShortening`.
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
    try ConfigError.require(
      config.driftBound >= 0 && config.driftBound.isFinite, "drift_bound",
      "it must not be negative")
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
    let columns = state.dimension
    step.normals(rows, columns: columns, to: proposals.x + rows.lowerBound * columns)
    for row in rows {
      let replica = row % state.replicas
      let (eta, annealing) = (state.tunings[replica].stepSize, state.annealings[replica])
      let (drift, noise) = (Float(eta), Float((2 * eta).squareRoot()))
      let (start, scales) = (row * columns, state.scales(ofRow: row))
      let shortening = shortening(eta)
      for first in state.parts {
        let factor = shortening.factor(
          first, ofRow: row, score: score + start, at: state.x + start, state)
        for j in first..<first + state.partLength {
          let (i, scale) = (start + j, scales[j])
          let ahead = drift * scale * scale * (factor * annealing.score(score[i], state.x[i]))
          proposals.x[i] = (state.x[i] + ahead) + noise * scale * proposals.x[i]
        }
      }
    }
  }

  /// η s² ∇ log π is √(η/2) s ∇ log π times the noise √(2η) s.
  private func shortening(_ eta: Double) -> ScoreShortening {
    ScoreShortening(bound: config.driftBound, reach: (eta / 2).squareRoot())
  }

  /// log π(x′) - log π(x) + log q(x | x′) - log q(x′ | x), from the points as they are stored.
  public func logRatio(
    row: Int, at step: ChainStep, _ state: ChainState, _ proposals: ChainProposals
  ) -> Double {
    guard let score = state.score, let proposed = proposals.score else {
      preconditionFailure("no score")
    }
    let (eta, annealing) = (
      state.tunings[row % state.replicas].stepSize, state.annealings[row % state.replicas]
    )
    let (start, scales) = (row * state.dimension, state.scales(ofRow: row))
    let shortening = shortening(eta)
    var (forward, backward) = (0.0, 0.0)
    for first in state.parts {
      let here = shortening.factor(
        first, ofRow: row, score: score + start, at: state.x + start, state)
      let ahead = shortening.factor(
        first, ofRow: row, score: proposed + start, at: proposals.x + start, state)
      for j in first..<first + state.partLength {
        let (i, scale) = (start + j, Double(scales[j]))
        let move = Double(proposals.x[i]) - Double(state.x[i])
        let drift = eta * scale * scale
        let there = move - drift * Double(here * annealing.score(score[i], state.x[i]))
        let back = -move - drift * Double(ahead * annealing.score(proposed[i], proposals.x[i]))
        forward += there * there / (scale * scale)
        backward += back * back / (scale * scale)
      }
    }
    return state.logRise(row, proposals) + (forward - backward) / (4 * eta)
  }
}
