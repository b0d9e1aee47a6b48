/// All that the next step of a set of chains depends on.
///
/// A row is one replica of one chain, row = chain · replicas + replica; replica 0 has the density itself.
public final class ChainState {
  /// Independent chains, C.
  public let chains: Int
  /// Replicas of each, R; 1 for all kernels but those with temperatures.
  public let replicas: Int
  /// D.
  public let dimension: Int
  /// Where the rows are, [CR, D].
  public let x: UnsafeMutablePointer<Float>
  /// log ρ there, [CR].
  public let logDensity: UnsafeMutablePointer<Float>
  /// The score there, [CR, D], for kernels that need it.
  public let score: UnsafeMutablePointer<Float>?
  /// Steps done since the start.
  public internal(set) var step = 0
  /// The step size of each replica and what it was learned from, [R].
  public internal(set) var tunings: [StepTuning]

  init(chains: Int, dimension: Int, hasScore: Bool, tunings: [StepTuning]) {
    (self.chains, self.dimension, self.tunings) = (chains, dimension, tunings)
    replicas = tunings.count
    let rows = chains * tunings.count
    x = .allocate(capacity: rows * dimension)
    logDensity = .allocate(capacity: rows)
    score = hasScore ? .allocate(capacity: rows * dimension) : nil
  }

  deinit {
    x.deallocate()
    logDensity.deallocate()
    score?.deallocate()
  }

  /// C · R.
  public var rows: Int { chains * replicas }

  /// Moves a row to the proposal made for it.
  func accept(_ row: Int, _ proposals: ChainProposals) {
    (x + row * dimension).update(from: proposals.x + row * dimension, count: dimension)
    logDensity[row] = proposals.logDensity[row]
    if let score, let proposed = proposals.score {
      (score + row * dimension).update(from: proposed + row * dimension, count: dimension)
    }
  }
}
