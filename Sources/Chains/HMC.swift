import Catalogs
import Kernels
import Storage

/// The numbers of a Hamiltonian kernel.
public struct HMCConfig: Codable, Sendable, Equatable {
  /// ε, at the start where it is learned.
  public var stepSize = 0.1
  /// Leapfrog steps of a proposal, in the mean.
  public var leapfrogSteps = 8
  /// b: half a kick gives a particle no more than b times its momentum; 0 for no bound.
  public var driftBound = 2.0
  /// The part of that by which their number may be more or less.
  public var jitter = 0.5
  /// How ε is learned.
  public var adaptation = StepAdaptation.dualAveraging
  /// What ε is multiplied by where acceptance is high (multiplicative, published).
  public var raiseFactor = 1.01
  /// What ε is multiplied by where acceptance is low (multiplicative, published).
  public var lowerFactor = 0.99

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case adaptation, jitter
    case stepSize = "step_size"
    case leapfrogSteps = "leapfrog_steps"
    case driftBound = "drift_bound"
    case raiseFactor = "raise_factor"
    case lowerFactor = "lower_factor"
  }
}

/// Hamiltonian Monte Carlo: proposals at the end of a path of leapfrog steps.
///
/// ```text
/// p ~ N(0, I);   L times:   p ← p + ε/2 s ∇ log π(x),   x ← x + ε s p,   p ← p + ε/2 s ∇ log π(x)
/// accepted with the log-ratio   log π(x′) - log π(x) + (|p|² - |p′|²) / 2
/// ```
///
/// s, the learned width of a coordinate, is a diagonal mass of s⁻². L is drawn anew in each step, for
/// all chains at once, so that no length of path comes back to where it began for ever. A
/// path along which the energy varies by more than 1000, which is the same from either end, or that leaves
/// what is finite, is given up and rejected. Each of the L steps evaluates density and score. Kicks of each of a
/// system's particles are bounded, see `ScoreShortening`, and their energy may vary.
/// Reference: Duane, Kennedy, Pendleton and Roweth (1987), *Hybrid Monte Carlo*; Neal (2011), *MCMC using
/// Hamiltonian dynamics*, section 5.3, arXiv:1206.1901
public struct HMC: MarkovKernel {
  /// Sources.
  public static let references = [
    Reference(
      "Duane, Kennedy, Pendleton, Roweth", 1987, "Hybrid Monte Carlo",
      "doi:10.1016/0370-2693(87)91197-X"),
    Reference("Neal", 2011, "MCMC using Hamiltonian dynamics", "arXiv:1206.1901"),
    Reference(
      "Hoffman, Gelman", 2014, "The No-U-Turn sampler", "arXiv:1111.4246, section 3.2"),
  ]
  /// The acceptance to aim for: a little above the 0.651 that is best in high dimension.
  public static let bestAcceptance = 0.75

  /// A path along which the energy varies by more diverges.
  private static let largestVariation = 1000.0

  /// Evaluations of a proposal in the mean, by default.
  public static let defaultEvaluations = Double(HMCConfig().leapfrogSteps)

  private let config: HMCConfig
  private let lengths: ClosedRange<Int>

  /// A kernel of checked numbers.
  /// - Throws: `ConfigError.invalid`.
  public init(_ config: HMCConfig = HMCConfig()) throws(ConfigError) {
    try StepTuning.validate(
      config.stepSize, "step_size", raise: config.raiseFactor, lower: config.lowerFactor)
    try ConfigError.require(
      (1...1000).contains(config.leapfrogSteps), "leapfrog_steps", "it must be from 1 to 1000")
    try ConfigError.require(
      config.jitter >= 0 && config.jitter < 1, "jitter", "it must be from 0 to 1, exclusive")
    try ConfigError.require(
      config.driftBound >= 0 && config.driftBound.isFinite, "drift_bound",
      "it must not be negative")
    self.config = config
    let spread = Int(config.jitter * Double(config.leapfrogSteps))
    let widest = min(spread, config.leapfrogSteps - 1)
    lengths = config.leapfrogSteps - widest...config.leapfrogSteps + widest
  }

  /// True.
  public var needsScore: Bool { true }

  /// True.
  public var needsMomentum: Bool { true }

  /// L of a step.
  public func evaluations(at step: ChainStep) -> Int {
    guard lengths.count > 1 else { return lengths.lowerBound }
    var words = step.stream.words(of: .integer, step: step.step, row: 0)
    return lengths.lowerBound + IntegerBelow(lengths.count).draw(&words)
  }

  /// The mean of L.
  public var meanEvaluations: Double { Double(config.leapfrogSteps) }

  /// ε.
  public func tuning(replica: Int) -> StepTuning {
    StepTuning(
      config.adaptation, from: config.stepSize, towards: Self.bestAcceptance,
      raise: config.raiseFactor, lower: config.lowerFactor)
  }

  /// Draws p, and goes one step of x.
  public func propose(
    _ rows: Range<Int>, at step: ChainStep, _ state: ChainState, _ proposals: ChainProposals
  ) {
    guard let score = state.score, let momentum = proposals.momentum else {
      preconditionFailure("no score or no momentum")
    }
    let columns = state.dimension
    step.normals(rows, columns: columns, to: momentum + rows.lowerBound * columns)
    for row in rows {
      let start = row * columns
      proposals.kinetic[row] = halfSquare(momentum + start, columns)
      let annealing = state.annealings[row % state.replicas]
      let energy =
        proposals.kinetic[row]
        - annealing.logDensity(state.logDensity[row], state.x + start, columns)
      proposals.energies[row] = (energy, energy)
      drift(row, kick: 0.5, score + start, from: state.x + start, state, proposals)
    }
  }

  /// Goes on to the next x.
  public func advance(
    _ rows: Range<Int>, at step: ChainStep, _ state: ChainState, _ proposals: ChainProposals
  ) {
    guard let score = proposals.score else { preconditionFailure("no score") }
    for row in rows {
      let start = row * state.dimension
      guard proposals.momentum?[start].isFinite ?? false else { continue }
      guard !diverges(row, state, proposals) else {
        giveUp(row, isOutside: proposals.logDensity[row] == -.infinity, state, proposals)
        continue
      }
      drift(row, kick: 1, score + start, from: proposals.x + start, state, proposals)
    }
  }

  /// p ← p + kick ε s ∇ log π, x′ ← x + ε s p.
  private func drift(
    _ row: Int, kick: Float, _ score: UnsafePointer<Float>, from x: UnsafePointer<Float>,
    _ state: ChainState, _ proposals: ChainProposals
  ) {
    guard let all = proposals.momentum else { return }
    let (columns, replica) = (state.dimension, row % state.replicas)
    let (p, out) = (all + row * columns, proposals.x + row * columns)
    let (epsilon, annealing) = (Float(state.tunings[replica].stepSize), state.annealings[replica])
    let (scales, shortening) = (state.scales(ofRow: row), shortening(of: replica, state))
    for first in state.parts {
      let factor = shortening.factor(first, ofRow: row, score: score, at: x, state)
      for j in first..<first + state.partLength {
        p[j] += kick * epsilon * scales[j] * (factor * annealing.score(score[j], x[j]))
        out[j] = x[j] + epsilon * scales[j] * p[j]
      }
    }
    if !isFinite(out, columns) || !isFinite(p, columns) {
      giveUp(row, isOutside: false, state, proposals)
    }
  }

  /// Half a kick is ε/2 s ∇ log π.
  private func shortening(of replica: Int, _ state: ChainState) -> ScoreShortening {
    ScoreShortening(bound: config.driftBound, reach: state.tunings[replica].stepSize / 2)
  }

  /// Leaves a row where its chain is, with a momentum of ∞ where it was outside and of NaN elsewhere, so that
  /// it is rejected.
  private func giveUp(
    _ row: Int, isOutside: Bool, _ state: ChainState, _ proposals: ChainProposals
  ) {
    let (columns, start) = (state.dimension, row * state.dimension)
    (proposals.x + start).update(from: state.x + start, count: columns)
    if let momentum = proposals.momentum {
      (momentum + start).update(repeating: isOutside ? .infinity : .nan, count: columns)
    }
  }

  /// Whether the energy varies too much as far as to the point just evaluated.
  private func diverges(_ row: Int, _ state: ChainState, _ proposals: ChainProposals) -> Bool {
    let (start, columns) = (row * state.dimension, state.dimension)
    let annealing = state.annealings[row % state.replicas]
    let energy =
      kineticEnergy(row, state, proposals)
      - annealing.logDensity(proposals.logDensity[row], proposals.x + start, columns)
    let range = proposals.energies[row]
    proposals.energies[row] = (min(range.least, energy), max(range.largest, energy))
    let variation = proposals.energies[row].largest - proposals.energies[row].least
    return energy.isNaN || variation > mostVariation(state)
  }

  /// Bounded kicks leave a place where particles overlap by a path that loses much energy.
  private func mostVariation(_ state: ChainState) -> Double {
    config.driftBound > 0 && state.spaceDimension != nil ? .infinity : Self.largestVariation
  }

  /// |p|² / 2 at the point just evaluated, after the half of the kick that is due there.
  private func kineticEnergy(
    _ row: Int, _ state: ChainState, _ proposals: ChainProposals
  ) -> Double {
    guard let score = proposals.score, let momentum = proposals.momentum else {
      preconditionFailure("no score or no momentum")
    }
    let (start, replica) = (row * state.dimension, row % state.replicas)
    let (epsilon, annealing) = (Float(state.tunings[replica].stepSize), state.annealings[replica])
    let (scales, shortening) = (state.scales(ofRow: row), shortening(of: replica, state))
    var square = 0.0
    for first in state.parts {
      let factor = shortening.factor(
        first, ofRow: row, score: score + start, at: proposals.x + start, state)
      for j in first..<first + state.partLength {
        let force = factor * annealing.score(score[start + j], proposals.x[start + j])
        let p = Double(momentum[start + j] + 0.5 * epsilon * scales[j] * force)
        square += p * p
      }
    }
    return square / 2
  }

  /// log π(x′) - log π(x) + (|p|² - |p′|²) / 2, with the last half of the kick.
  public func logRatio(
    row: Int, at step: ChainStep, _ state: ChainState, _ proposals: ChainProposals
  ) -> Double {
    state.logRise(row, proposals) + proposals.kinetic[row]
      - kineticEnergy(row, state, proposals)
  }
}
