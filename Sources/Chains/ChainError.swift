/// What chains cannot do.
public enum ChainError: Error, Equatable, CustomStringConvertible {
  /// A start point at which the density is nothing to start from.
  case start(chain: Int, quantity: String, value: Float)
  /// A kernel that needs the score, and a density without one.
  case needsScore
  /// Fewer chains than the kernel needs.
  case tooFewChains(count: Int, needed: Int)
  /// No particle drawn from N(0, σ² I) has a density.
  case allOutside(standardDeviation: Double)
  /// Particles that do not arrive at the density.
  case stuck(inverseTemperature: Double, reason: Obstacle)

  /// What keeps particles from arriving.
  public enum Obstacle: Sendable {
    /// There are no evaluations left.
    case budget
    /// However little the temperature falls, few particles have all the weight.
    case slope
  }

  /// Whether numbers of the density's are at fault, and not what was asked for.
  public var isOfNumbers: Bool {
    switch self {
    case .start, .allOutside, .stuck: true
    case .needsScore, .tooFewChains: false
    }
  }

  /// One sentence for the user.
  public var description: String {
    switch self {
    case .start(let chain, let quantity, let value):
      "chain \(chain) cannot start: \(quantity) is \(value) at its start point"
    case .needsScore:
      "this kernel moves along the density's score, and the density has none: "
        + "give the score, or use a kernel that needs values only, random-walk, stretch or "
        + "parallel-tempering"
    case .tooFewChains(let count, let needed):
      "this kernel needs at least \(needed) chains in this dimension, not \(count)"
    case .allOutside(let deviation):
      "the density is zero at all particles drawn with standard deviation \(deviation); "
        + "set start_deviation"
    case .stuck(let beta, .budget):
      "the evaluations ended at inverse temperature \(beta): give more energy_calls, or take fewer draws"
    case .stuck(let beta, .slope):
      "at inverse temperature \(beta) a few particles have all the weight: set start_deviation"
    }
  }
}
