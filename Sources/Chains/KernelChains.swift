import Densities
import Kernels
import Storage

/// Markov chains of a kernel: a warm-up that learns, then draws of kernels that stay as they are.
struct KernelChains: ChainMethod {
  let kernel: any MarkovKernel

  /// Steps of warm-up and of drawing.
  private struct Steps {
    let warmUp: Int
    let drawing: Int
    /// Evaluations that must not be exceeded.
    let budget: Int
  }

  func draw(
    _ density: any Density, _ plan: ChainPlan, pool: ThreadPool, poll: () throws -> Void
  ) throws -> ChainDraws {
    let config = plan.config
    let chains = try MarkovChains(kernel, density, count: config.chains, pool: pool)
    try chains.scatter(config.startDeviation, plan.stream.folding(0))
    let steps = try steps(config, chains)
    let stream = plan.stream.folding(1)
    try warmUp(chains, steps, stream, poll)
    let spent = chains.energyCalls
    var record = ChainRecord(config.chains, density.dimension)
    var info = ChainInfo()
    for step in 0..<steps.drawing {
      try poll()
      guard chains.energyCalls + chains.cost(ofNextStep: stream) <= steps.budget else { break }
      info += try chains.step(stream)
      if (step + 1) % config.thin == 0 { record.append(chains.state) }
    }
    let state = chains.state
    return ChainDraws(
      config: plan.resolved, x: record.x, logDensity: record.logDensity, chains: config.chains,
      dimension: density.dimension, energyCalls: chains.energyCalls,
      gradientCalls: chains.gradientCalls, warmUpEnergyCalls: spent, info: info,
      stepSizes: state.tunings.map(\.stepSize),
      temperatures: state.annealings.map { 1 / $0.inverseTemperature },
      swapAcceptance: chains.swapAcceptance, figures: [])
  }

  /// The steps to do: those asked for, or as many as the evaluations allow.
  private func steps(_ config: ChainConfig, _ chains: MarkovChains) throws -> Steps {
    let wanted = config.draws * config.thin
    guard config.energyCalls > 0 else {
      return Steps(warmUp: config.warmUp, drawing: wanted, budget: .max)
    }
    let each = Double(chains.state.rows) * chains.kernel.meanEvaluations
    let total = (Double(config.energyCalls - chains.energyCalls) / each).rounded(.down)
    let part = Double(config.warmUp) / Double(config.warmUp + wanted)
    let warmUp = Int((max(0, total) * part).rounded(.down))
    try ConfigError.require(
      Int(total) - warmUp >= config.thin, "energy_calls",
      "\(config.energyCalls) are too few for a draw: a step of these chains takes \(Int(each))")
    return Steps(warmUp: warmUp, drawing: .max, budget: config.energyCalls)
  }

  private func warmUp(
    _ chains: MarkovChains, _ steps: Steps, _ stream: RandomStream, _ poll: () throws -> Void
  ) throws {
    let schedule = WarmUpSchedule(steps: steps.warmUp)
    for step in 0..<steps.warmUp {
      try poll()
      guard chains.energyCalls + 2 * chains.cost(ofNextStep: stream) <= steps.budget else { return }
      try chains.step(stream, adapting: true)
      if step >= schedule.first { chains.observeWidths() }
      if schedule.ends.contains(step + 1) { chains.renew() }
    }
  }
}

/// Kept draws, step by step as they come, chain by chain as they go.
struct ChainRecord {
  private let chains: Int
  private let dimension: Int
  private var points: [[Float]]
  private var values: [[Double]]

  init(_ chains: Int, _ dimension: Int) {
    (self.chains, self.dimension) = (chains, dimension)
    points = [[Float]](repeating: [], count: chains)
    values = [[Double]](repeating: [], count: chains)
  }

  /// Keeps the first replica of each chain.
  mutating func append(_ state: ChainState) {
    for chain in 0..<chains {
      let row = chain * state.replicas
      let point = UnsafeBufferPointer(start: state.x + row * dimension, count: dimension)
      points[chain].append(contentsOf: point)
      values[chain].append(Double(state.logDensity[row]))
    }
  }

  /// [C, N, D].
  var x: [Float] { Array(points.joined()) }

  /// [C, N].
  var logDensity: [Double] { Array(values.joined()) }
}

extension MarkovChains {
  /// Tries for a start point of a chain.
  private static let tries = 100

  /// Sets out from N(0, σ² I); a chain that cannot start there is given other numbers, a hundred times.
  /// - Throws: `ChainError.start` after that.
  func scatter(_ deviation: Double, _ stream: RandomStream) throws {
    let (count, d) = (state.chains, state.dimension)
    var x = [Float](repeating: 0, count: count * d)
    func place(_ chain: Int, attempt: Int) {
      let step = UInt32(attempt)
      for j in 0..<d {
        let z = stream.draw(Normal(), step: step, row: chain, column: j)
        x[chain * d + j] = Float(deviation * z)
      }
    }
    for chain in 0..<count { place(chain, attempt: 0) }
    var attempts = [Int](repeating: 0, count: count)
    while true {
      do {
        return try x.withUnsafeBufferPointer {
          guard let base = $0.baseAddress else { return }
          try start(from: Points(base, count: count, dimension: d))
        }
      } catch ChainError.start(let chain, _, _) where attempts[chain] < Self.tries {
        attempts[chain] += 1
        place(chain, attempt: attempts[chain])
      }
    }
  }
}
