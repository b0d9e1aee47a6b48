import Densities
import Kernels

/// Chains of a kernel on a density, all moved together.
///
///     let chains = try MarkovChains(MALA(), density, count: 300)
///     try chains.start(from: points)
///     for step in 0..<200 { info += try chains.step(stream, adapting: step < 100) }
///
/// Random numbers are functions of (stream, step, row), and chains are cut into blocks that no thread
/// count changes, so the bits are the same for any. A step allocates nothing. Where the density throws,
/// the error is thrown on and the chains must be started again.
public final class MarkovChains {
  /// Where the chains are.
  public var state: ChainState { work.state }
  /// Points at which log ρ was evaluated, with or without its score.
  public private(set) var energyCalls = 0
  /// Points at which the score was evaluated.
  public private(set) var gradientCalls = 0

  /// What is done block by block.
  private let work: ChainWork
  private let pool: ThreadPool
  private var swapsTried: [Int]
  private var swaps: [Int]
  private var window: WarmUpWindow

  /// Makes room for some chains.
  /// - Throws: `ChainError` where the kernel needs a score or more chains.
  public init(
    _ kernel: any MarkovKernel, _ density: any Density, count: Int, pool: ThreadPool = .shared
  ) throws(ChainError) {
    let kernel = kernel.suited(toScore: density is any DifferentiableDensity)
    if kernel.needsScore && !(density is any DifferentiableDensity) { throw .needsScore }
    let needed = kernel.fewestChains(dimension: density.dimension)
    guard count >= needed else { throw .tooFewChains(count: count, needed: needed) }
    work = ChainWork(kernel, density, chains: count)
    self.pool = pool
    swapsTried = [Int](repeating: 0, count: kernel.replicas - 1)
    swaps = swapsTried
    window = WarmUpWindow(replicas: kernel.replicas, dimension: density.dimension)
  }

  /// The kernel in use.
  public var kernel: any MarkovKernel { work.kernel }

  /// The accepted part of the swaps of each replica with the next since the start, [R - 1].
  public var swapAcceptance: [Double] { zip(swaps, swapsTried).map { Double($0) / Double($1) } }

  /// Puts one chain at each point, all its replicas, and forgets everything learned.
  /// - Parameter allowingOutside: Whether log ρ = -∞ is a place to start, from where any other is better.
  /// - Throws: `ChainError.start` where log ρ or the score is not finite, and what the density throws.
  public func start(from x: Points, allowingOutside: Bool = false) throws {
    precondition(x.count == state.chains && x.dimension == state.dimension, "one point a chain")
    try work.evaluate(starts: x, pool)
    count(x.count)
    for chain in 0..<state.chains {
      if let problem = work.startProblem(chain, allowingOutside: allowingOutside) { throw problem }
    }
    work.placeReplicas()
    window.clear()
    for k in swaps.indices { (swaps[k], swapsTried[k]) = (0, 0) }
  }

  /// Moves all chains once.
  /// - Parameters:
  ///   - stream: The randomness of the whole run: steps are told apart by their number.
  ///   - adapting: Whether this is burn-in, in which step sizes are learned.
  @discardableResult
  public func step(_ stream: RandomStream, adapting: Bool = false) throws -> ChainInfo {
    for k in 0..<state.replicas { state.tunings[k].prepare(adapting: adapting) }
    let number = UInt32(truncatingIfNeeded: state.step)
    for sweep in 0..<work.kernel.sweeps {
      try work.move(ChainStep(stream: stream, step: number, sweep: sweep), pool)
    }
    let evaluations = work.kernel.evaluations(
      at: ChainStep(stream: stream, step: number, sweep: 0))
    count(state.rows * evaluations)
    state.step += 1
    let info = collect()
    for k in 0..<state.replicas {
      state.tunings[k].observe(work.meanAcceptance(replica: k), adapting: adapting)
    }
    return info
  }

  private func count(_ points: Int) {
    energyCalls += points
    if state.score != nil { gradientCalls += points }
  }

  private func collect() -> ChainInfo {
    var info = ChainInfo()
    info.proposals = state.rows
    for row in 0..<state.rows {
      switch work.proposals.outcome[row] {
      case .rejected: continue
      case .accepted: info.accepted += 1
      case .outside: info.outside += 1
      case .invalid: info.invalid += 1
      }
    }
    if state.replicas > 1 { collectSwaps(&info) }
    return info
  }

  private func collectSwaps(_ info: inout ChainInfo) {
    for row in 0..<state.rows where work.proposals.swap[row] != .notTried {
      let (k, isDone) = (row % state.replicas, work.proposals.swap[row] == .accepted)
      work.proposals.swap[row] = .notTried
      window.observe(swap: k, chance: work.proposals.swapChance[row])
      swapsTried[k] += 1
      info.swapsTried += 1
      if isDone { (swaps[k], info.swaps) = (swaps[k] + 1, info.swaps + 1) }
    }
  }

  /// What became of the last proposal of a chain's first replica.
  public func outcome(ofChain chain: Int) -> ProposalOutcome {
    work.proposals.outcome[chain * state.replicas]
  }

  /// What the next step will cost in evaluations of the density, and of its score where that is needed.
  public func cost(ofNextStep stream: RandomStream) -> Int {
    let step = ChainStep(
      stream: stream, step: UInt32(truncatingIfNeeded: state.step), sweep: 0)
    return state.rows * work.kernel.evaluations(at: step)
  }

  /// Takes note of where the chains are, towards the next renewal.
  public func observeWidths() { window.observe(state) }

  /// Ends a window of warm-up: learns the widths of coordinates and the temperatures from what was seen since
  /// the last, and begins to learn step sizes anew.
  public func renew() {
    state.annealings = work.kernel.renewed(state.annealings, swapChances: window.swapChances)
    for k in 0..<state.replicas {
      let shrinkage = window.renewScales(state, replica: k)
      state.tunings[k].restart(times: shrinkage)
    }
    window.clear()
  }
}
