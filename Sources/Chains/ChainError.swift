/// What chains cannot do.
public enum ChainError: Error, Equatable, CustomStringConvertible {
  /// A start point at which the density is nothing to start from.
  case start(chain: Int, quantity: String, value: Float)
  /// A kernel that needs the score, and a density without one.
  case needsScore
  /// Fewer chains than the kernel needs.
  case tooFewChains(count: Int, needed: Int)

  /// One sentence for the user.
  public var description: String {
    switch self {
    case .start(let chain, let quantity, let value):
      "chain \(chain) cannot start: \(quantity) is \(value) at its start point"
    case .needsScore:
      "this kernel moves along the density's score, and the density has none: "
        + "give the score, or use a kernel that needs values only"
    case .tooFewChains(let count, let needed):
      "this kernel needs at least \(needed) chains in this dimension, not \(count)"
    }
  }
}
