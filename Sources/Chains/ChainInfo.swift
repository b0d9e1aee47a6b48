/// What happened in a step, or in several: diagnostics only, nothing that a later step reads.
public struct ChainInfo: Sendable, Equatable {
  /// Proposals made, those of all replicas.
  public var proposals = 0
  /// Proposals accepted.
  public var accepted = 0
  /// Proposals rejected where log ρ = -∞.
  public var outside = 0
  /// Proposals rejected where log ρ is NaN or +∞, or the point or its score is not finite.
  public var invalid = 0
  /// Swaps of neighbouring replicas tried.
  public var swapsTried = 0
  /// Swaps made.
  public var swaps = 0

  /// Nothing yet.
  public init() {}

  /// The accepted part of the proposals, NaN of none.
  public var acceptance: Double { Double(accepted) / Double(proposals) }

  /// Adds what happened in other steps.
  public static func += (left: inout ChainInfo, right: ChainInfo) {
    left.proposals += right.proposals
    left.accepted += right.accepted
    left.outside += right.outside
    left.invalid += right.invalid
    left.swapsTried += right.swapsTried
    left.swaps += right.swaps
  }
}
