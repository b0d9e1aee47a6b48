/// What became of a proposal.
public enum ProposalOutcome: UInt8, Sendable {
  /// The chance was against it.
  case rejected
  /// The row moved there.
  case accepted
  /// Rejected where log ρ = -∞.
  case outside
  /// Rejected where log ρ is NaN or +∞, or the point or the score is not finite.
  case invalid
}

/// What became of the swap of a replica with the next.
enum SwapOutcome: UInt8 {
  case notTried
  case rejected
  case accepted
}

/// Where the rows of chains would go in a step, and what became of it.
public final class ChainProposals {
  /// The proposed points, [CR, D].
  public let x: UnsafeMutablePointer<Float>
  /// log ρ there, [CR].
  public let logDensity: UnsafeMutablePointer<Float>
  /// The score there, [CR, D], for kernels that need it.
  public let score: UnsafeMutablePointer<Float>?
  /// Where a row is going, [CR, D], for kernels that need it; not finite once a row was given up.
  let momentum: UnsafeMutablePointer<Float>?
  /// The kinetic energy that a row set out with, [CR].
  let kinetic: UnsafeMutablePointer<Double>
  /// The least and the largest energy on the way, [CR].
  let energies: UnsafeMutablePointer<(least: Double, largest: Double)>
  /// The chance that each proposal had, [CR].
  let acceptance: UnsafeMutablePointer<Double>
  let outcome: UnsafeMutablePointer<ProposalOutcome>
  let swap: UnsafeMutablePointer<SwapOutcome>
  /// The chance that each swap had, [CR].
  let swapChance: UnsafeMutablePointer<Double>

  init(rows: Int, dimension: Int, hasScore: Bool, hasMomentum: Bool) {
    x = .allocate(capacity: rows * dimension)
    logDensity = .allocate(capacity: rows)
    score = hasScore ? .allocate(capacity: rows * dimension) : nil
    momentum = hasMomentum ? .allocate(capacity: rows * dimension) : nil
    kinetic = .allocate(capacity: rows)
    energies = .allocate(capacity: rows)
    swapChance = .allocate(capacity: rows)
    swapChance.initialize(repeating: 0, count: rows)
    acceptance = .allocate(capacity: rows)
    outcome = .allocate(capacity: rows)
    swap = .allocate(capacity: rows)
    swap.initialize(repeating: .notTried, count: rows)
  }

  deinit {
    x.deallocate()
    logDensity.deallocate()
    score?.deallocate()
    momentum?.deallocate()
    kinetic.deallocate()
    energies.deallocate()
    swapChance.deallocate()
    acceptance.deallocate()
    outcome.deallocate()
    swap.deallocate()
  }

  /// Why a proposal cannot be accepted whatever the chance, or nil.
  func obstacle(_ row: Int, _ dimension: Int) -> ProposalOutcome? {
    let value = logDensity[row]
    if value == -.infinity { return .outside }
    guard value.isFinite, isFinite(x + row * dimension, dimension) else { return .invalid }
    if let score, !isFinite(score + row * dimension, dimension) { return .invalid }
    if let momentum, !isFinite(momentum + row * dimension, dimension) {
      return momentum[row * dimension] == .infinity ? .outside : .invalid
    }
    return nil
  }
}

/// Whether all numbers of a row are finite.
func isFinite(_ row: UnsafePointer<Float>, _ count: Int) -> Bool {
  for j in 0..<count where !row[j].isFinite { return false }
  return true
}
