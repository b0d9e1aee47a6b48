import Densities
import Kernels

/// The work of a step on blocks of whole chains.
///
/// A thread takes a block from its proposals to their acceptance at once; a function of the user's is
/// called once for all rows of a sweep in between.
final class ChainWork: PooledWork {
  /// Rows of a block, or one chain's where those are more: part of no result.
  private static let blockRows = 32

  private enum Phase {
    case evaluate
    case propose
    case advance
    case accept
    case whole
  }

  let kernel: any MarkovKernel
  let state: ChainState
  let proposals: ChainProposals
  private let density: any Density
  private let differentiable: (any DifferentiableDensity)?
  private let failures: Failures
  /// The condition of each row, [CR], where the density has any.
  private let conditions: UnsafeMutablePointer<Int32>?

  private var phase = Phase.whole
  private var step = ChainStep(stream: RandomStream(seed: 0), step: 0, sweep: 0)
  /// Evaluations in it.
  private var evaluations = 1
  /// The rows that move, and those of a block.
  private var rows = 0..<0
  private var block = blockRows

  init(_ kernel: any MarkovKernel, _ density: any Density, chains: Int) {
    (self.kernel, self.density) = (kernel, density)
    let dimension = density.dimension
    differentiable = kernel.needsScore ? density as? any DifferentiableDensity : nil
    state = ChainState(
      chains: chains, dimension: dimension,
      spaceDimension: (density as? any ParticleDensity)?.system.spaceDimension,
      hasScore: kernel.needsScore,
      tunings: (0..<kernel.replicas).map { kernel.tuning(replica: $0) },
      annealings: (0..<kernel.replicas).map { kernel.annealing(replica: $0) })
    proposals = ChainProposals(
      rows: state.rows, dimension: dimension, hasScore: kernel.needsScore,
      hasMomentum: kernel.needsMomentum)
    failures = Failures(count: state.rows)
    conditions = density is any ConditionalDensity ? .allocate(capacity: state.rows) : nil
  }

  deinit {
    failures.deallocate()
    conditions?.deallocate()
  }

  private var isFunction: Bool { density is any WholeBatchDensity }

  /// Makes and settles the proposals of a sweep.
  func move(_ step: ChainStep, _ pool: ThreadPool) throws {
    let replicas = state.replicas
    let chains = kernel.chains(of: step.sweep, among: state.chains)
    self.step = step
    evaluations = kernel.evaluations(at: step)
    rows = chains.lowerBound * replicas..<chains.upperBound * replicas
    block = max(1, Self.blockRows / replicas) * replicas
    guard isFunction else { return try run(.whole, pool) }
    try run(.propose, pool)
    try evaluate(rows)
    for _ in 1..<evaluations {
      try run(.advance, pool)
      try evaluate(rows)
    }
    try run(.accept, pool)
  }

  /// Evaluates start points, one for each chain, in the place of the first proposals.
  func evaluate(starts x: Points, _ pool: ThreadPool) throws {
    proposals.x.update(from: x.data, count: x.count * x.dimension)
    for chain in 0..<x.count { conditions?[chain] = x.conditions?[chain] ?? 0 }
    (rows, block) = (0..<x.count, Self.blockRows)
    if isFunction { try evaluate(rows) } else { try run(.evaluate, pool) }
  }

  private func run(_ phase: Phase, _ pool: ThreadPool) throws {
    self.phase = phase
    pool.run((rows.count + block - 1) / block, self) {}
    try failures.throwFirst()
  }

  func piece(_ index: Int, _ worker: Int) {
    let first = rows.lowerBound + index * block
    let part = first..<min(rows.upperBound, first + block)
    failures.keep(index) {
      if phase == .whole || phase == .propose {
        kernel.propose(part, at: step, state, proposals)
      }
      if phase == .whole || phase == .evaluate { try evaluate(part) }
      if phase == .advance { kernel.advance(part, at: step, state, proposals) }
      for _ in 1..<(phase == .whole ? evaluations : 1) {
        kernel.advance(part, at: step, state, proposals)
        try evaluate(part)
      }
      if phase == .whole || phase == .accept { settle(part) }
    }
  }

  private func evaluate(_ rows: Range<Int>) throws {
    let start = rows.lowerBound * state.dimension
    let points = Points(
      proposals.x + start, count: rows.count, dimension: state.dimension,
      conditions: conditions.map { UnsafePointer($0 + rows.lowerBound) })
    let values = proposals.logDensity + rows.lowerBound
    if let differentiable, let score = proposals.score {
      try differentiable.logDensity(of: points, into: values, score: score + start)
    } else {
      try density.logDensity(of: points, into: values)
    }
  }

  private func settle(_ rows: Range<Int>) {
    for row in rows {
      let obstacle = proposals.obstacle(row, state.dimension)
      let chance = obstacle == nil ? chance(row) : 0
      proposals.acceptance[row] = chance
      let moves = chance > 0 && step.accepts(chance, row: row)
      proposals.outcome[row] = obstacle ?? (moves ? .accepted : .rejected)
      if moves { state.accept(row, proposals) }
    }
    kernel.exchange(rows, at: step, state, proposals)
  }

  /// min(1, ratio); 0 for a ratio that is not a number.
  private func chance(_ row: Int) -> Double {
    let ratio = kernel.logRatio(row: row, at: step, state, proposals)
    return ratio.isNaN ? 0 : scalarExp(min(0, ratio))
  }

  /// The mean chance that the proposals of a replica had.
  func meanAcceptance(replica: Int) -> Double {
    var sum = 0.0
    for chain in 0..<state.chains { sum += proposals.acceptance[chain * state.replicas + replica] }
    return sum / Double(state.chains)
  }
}

extension ChainWork {
  /// What is wrong with an evaluated start point, or nil.
  func startProblem(_ chain: Int, allowingOutside: Bool) -> ChainError? {
    let dimension = state.dimension
    for j in 0..<dimension where !proposals.x[chain * dimension + j].isFinite {
      return .start(
        chain: chain, quantity: "a coordinate", value: proposals.x[chain * dimension + j])
    }
    let value = proposals.logDensity[chain]
    if allowingOutside && value == -.infinity { return nil }
    if !value.isFinite { return .start(chain: chain, quantity: "the log density", value: value) }
    guard let score = proposals.score else { return nil }
    for j in 0..<dimension where !score[chain * dimension + j].isFinite {
      return .start(chain: chain, quantity: "the score", value: score[chain * dimension + j])
    }
    return nil
  }

  /// Puts all replicas of each chain at its evaluated start point.
  func placeReplicas() {
    let (dimension, replicas) = (state.dimension, state.replicas)
    for row in (0..<state.rows).reversed() { conditions?[row] = conditions?[row / replicas] ?? 0 }
    for row in 0..<state.rows {
      let chain = row / replicas
      (state.x + row * dimension).update(from: proposals.x + chain * dimension, count: dimension)
      state.logDensity[row] = proposals.logDensity[chain]
      if let score = state.score, let first = proposals.score {
        (score + row * dimension).update(from: first + chain * dimension, count: dimension)
      }
    }
    state.step = 0
    state.scales.update(repeating: 1, count: replicas * dimension)
    for k in 0..<replicas {
      state.tunings[k] = kernel.tuning(replica: k)
      state.annealings[k] = kernel.annealing(replica: k)
    }
  }
}
