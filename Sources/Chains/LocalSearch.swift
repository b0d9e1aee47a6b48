import Densities
import Kernels
import Storage

/// What a local search found; the points are in its memory and hold until it runs again.
public struct LocalSearchResult {
  /// The kept points, [n, D]: step by step, and within a step chain by chain.
  public let points: Points
  /// log ρ of each, [n].
  public let logDensity: UnsafePointer<Float>
  /// Points at which log ρ was evaluated in this run, with or without its score.
  public let energyCalls: Int
  /// Points at which the score was evaluated in this run.
  public let gradientCalls: Int
  /// What happened in all steps.
  public let info: ChainInfo
  /// The step size at the end.
  public let stepSize: Double
  /// Keeps the points' memory.
  private let owner: LocalSearch

  fileprivate init(
    _ owner: LocalSearch, _ points: Points, _ logDensity: UnsafePointer<Float>, energyCalls: Int,
    gradientCalls: Int, _ info: ChainInfo
  ) {
    (self.owner, self.points, self.logDensity, self.info) = (owner, points, logDensity, info)
    (self.energyCalls, self.gradientCalls) = (energyCalls, gradientCalls)
    stepSize = owner.chains.state.tunings[0].stepSize
  }
}

/// Chains that set out from given points and bring back what they find nearby.
///
/// A run depends on its start points and stream only, not on earlier runs: step sizes start anew. Each
/// run allocates nothing.
/// Reference: Sendera, Kim, Mittal, et al. (2024), arXiv:2402.05098, section 4.2 and appendix E
public final class LocalSearch {
  /// How it searches and what it keeps.
  public let config: LocalSearchConfig
  /// The chains, for their state and swaps after a run.
  public let chains: MarkovChains
  private let kept: (x: UnsafeMutablePointer<Float>, logDensity: UnsafeMutablePointer<Float>)
  private let conditions: UnsafeMutablePointer<Int32>?
  private var found = 0

  /// Makes room for a number of start points.
  /// - Throws: `ConfigError` and `ChainError`.
  public init(
    _ config: LocalSearchConfig = LocalSearchConfig(), _ density: any Density, count: Int,
    pool: ThreadPool = .shared
  ) throws {
    try config.validate()
    self.config = config
    chains = try MarkovChains(
      config.makeKernel(hasScore: density is any DifferentiableDensity), density, count: count,
      pool: pool)
    let room = count * config.keptSteps
    try ConfigError.require(
      room <= Int(Int32.max) / density.dimension, "steps",
      "\(config.keptSteps) kept states of \(count) chains are more than memory should hold")
    kept = (.allocate(capacity: room * density.dimension), .allocate(capacity: room))
    conditions = density is any ConditionalDensity ? .allocate(capacity: room) : nil
  }

  deinit {
    kept.x.deallocate()
    kept.logDensity.deallocate()
    conditions?.deallocate()
  }

  /// Sets out from points, one for each chain.
  /// - Parameters:
  ///   - starts: [count, D].
  ///   - stream: The randomness of this run.
  ///   - poll: Called before each step; what it throws ends the run.
  /// - Throws: `ChainError.start`, what the density throws, and what `poll` throws.
  public func run(
    from starts: Points, stream: RandomStream, poll: () throws -> Void = {}
  ) throws -> LocalSearchResult {
    let before = (chains.energyCalls, chains.gradientCalls)
    found = 0
    try chains.start(from: starts)
    var info = ChainInfo()
    for step in 0..<config.steps {
      try poll()
      info += try chains.step(stream, adapting: step < config.burnIn)
      if config.keeps(after: step) { keep(starts.conditions) }
    }
    return LocalSearchResult(
      self,
      Points(
        kept.x, count: found, dimension: chains.state.dimension,
        conditions: conditions.map { UnsafePointer($0) }), kept.logDensity,
      energyCalls: chains.energyCalls - before.0, gradientCalls: chains.gradientCalls - before.1,
      info)
  }

  private func keep(_ starts: UnsafePointer<Int32>?) {
    let state = chains.state
    for chain in 0..<state.chains {
      guard config.keep == .states || chains.outcome(ofChain: chain) == .accepted else { continue }
      let row = chain * state.replicas
      (kept.x + found * state.dimension).update(
        from: state.x + row * state.dimension, count: state.dimension)
      kept.logDensity[found] = state.logDensity[row]
      conditions?[found] = starts?[chain] ?? 0
      found += 1
    }
  }
}
