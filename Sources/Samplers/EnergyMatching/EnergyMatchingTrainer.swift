import Chains
import Densities
import KernelTables
import Kernels
import Networks
import Optimizers
import Storage
import Tensors
import Training

/// One training step of iterated denoising energy matching.
///
/// Every so many steps the reverse process generates points, which a buffer keeps. A step draws points
/// from the buffer, adds noise to each for a time of its own, estimates the noised density's score there
/// from energies alone, and moves the network towards the estimates:
///
///     λ(t) |S(x_t, t) - S_K(x_t, t)|² / D,   x_t = x_0 + √h(t) ε,   t uniform,   λ = h + w or 1
///
/// Without iteration (pDEM) x_0 are noise of time 1. Particles stay mean-free throughout.
/// Reference: Akhound-Sadegh et al. (2024), arXiv:2402.06121, algorithm 1
final class EnergyMatchingTrainer: RunTrainer {
  var config: RunConfig
  let parameters = ParameterSet()
  let optimizer: Optimizer
  var schedule: any Schedule
  let density: CountedDensity
  var rejected = 0
  var last = LastBatches()
  let visited: ReplayBuffer?
  let average: ParameterAverage?
  let selection: ParameterSelection?
  var searchedAfter = -1
  let network: ScoreNetwork
  let process: ReverseProcess
  let system: ParticleSystem?
  let estimator: NoisedScore
  let given: GivenScore

  private let trainer: BatchTrainer
  private let stream: RandomStream
  private let pool: ThreadPool
  private let batch: RegressionBatch

  init(_ config: RunConfig, _ base: any Density, pool: ThreadPool) throws {
    let matching = config.energyMatching
    guard base is any DifferentiableDensity else {
      throw ConfigError.invalid(
        path: "method", reason: "\(config.method.rawValue) needs a density with a score")
    }
    guard !(base is any ConditionalDensity) else {
      throw ConfigError.invalid(
        path: "method", reason: "\(config.method.rawValue) knows nothing of conditions")
    }
    (self.config, self.pool) = (config, pool)
    let particles = base as? any ParticleDensity
    system = particles?.system
    density = CountedDensity(particles?.withFreeCenter ?? base)
    let d = base.dimension
    network = try ScoreNetwork(
      matching.network, dimension: d, particles: system, in: parameters)
    parameters.initialize(seed: config.seed)
    optimizer = try config.optimizer.makeOptimizer(for: parameters)
    schedule = try config.optimizer.makeSchedule()
    visited =
      config.method == .idem ? try ReplayBuffer(matching.replay, dimension: d) : nil
    average =
      matching.averageDecay > 0
      ? try ParameterAverage(Self.averageConfig(matching), of: parameters) : nil
    selection = matching.selection == .weights ? ParameterSelection(of: parameters) : nil
    let group = matching.boundGroup == .particle ? system?.spaceDimension : nil
    estimator = NoisedScore(
      density, samples: matching.samples, richardson: matching.richardson,
      modeDeviation: matching.modeDeviation,
      bound: matching.scoreBound, group: group, scale: matching.scale, pool: pool)
    given = GivenScore(
      bound: ScoreBound(norm: matching.scoreBound, group: group ?? d), scale: matching.scale)
    process = ReverseProcess(
      matching, network, parameters, given, dimension: d, system: system, pool: pool)
    let tapeRows = network.tapeRows(dimension: d)
    trainer = BatchTrainer(
      parameters, optimizer, blockRows: 64, tapeRows: min(64, tapeRows), seed: config.seed,
      pool: pool)
    stream = RandomStream(seed: config.seed).folding(.training)
    batch = RegressionBatch(rows: config.batchSize, dimension: d)
  }

  private static func averageConfig(_ config: EnergyMatchingConfig) -> ParameterAverageConfig {
    var average = ParameterAverageConfig()
    average.decay = config.averageDecay
    return average
  }

  var logZ: Double? { nil }
  var found: ReplayBuffer? { nil }

  func step(_ done: Int, _ poll: () throws -> Void) throws -> StepReport {
    let stream = stream.folding(UInt64(done))
    if let visited, done % config.energyMatching.generateEvery == 0, searchedAfter != done {
      try generate(into: visited, stream.folding(.sampling), isFirst: done == 0, poll)
      searchedAfter = done
    }
    try poll()
    try fill(stream)
    let rows = config.batchSize
    let (loss, gradient) = trainer.evaluate(rows: rows, loss: self.loss)
    let norm = try checkedNorm(
      loss, gradient, of: parameters, bound: config.optimizer.clipNorm, at: "step \(done + 1)")
    last.loss = loss
    optimizer.update(
      gradient: gradient, factor: schedule.factor(after: done, of: config.steps),
      gradientFactor: clippingFactor(norm: norm, bound: config.optimizer.clipNorm))
    schedule.observe(loss, after: done)
    average?.update()
    return StepReport(
      step: done + 1, loss: loss, logZ: last.elbo, elbo: last.elbo, gradientNorm: norm,
      energyCalls: density.energyCalls, gradientCalls: density.gradientCalls, rejected: rejected)
  }

  /// The sum of a block's losses: F against what the estimate wants it to be, weighted.
  private func loss(_ context: Context, _ rows: Range<Int>) -> Tensor {
    let tape = context.tape
    let d = density.dimension
    func slice(_ data: UnsafePointer<Float>, _ columns: Int) -> Tensor {
      tape.constant(at: data + rows.lowerBound * columns, Shape(rows.count, columns))
    }
    let output = network(slice(batch.x, d), at: slice(batch.times, 1), context)
    let difference = tape.subtract(output, slice(batch.goals, d))
    let weighted = tape.scaleRows(difference, by: slice(batch.weights, 1))
    return tape.scale(tape.sum(tape.apply(.square, weighted)), by: 1 / Double(d))
  }

  /// Draws points, noises them, estimates the scores there, and says what the output should be.
  private func fill(_ stream: RandomStream) throws {
    let (rows, d, matching) = (config.batchSize, density.dimension, config.energyMatching)
    let kernels = InstructionSet.active.kernels
    let spread = Float(matching.noise.variance(at: 1).squareRoot())
    if let visited {
      try visited.draw(0..<rows, stream.folding(.replay), into: batch.x, logDensity: batch.times)
    } else {
      kernels.normals(
        key: stream.key, step: 2, firstRow: 0, rows: rows, columns: d, to: batch.x)
      for i in 0..<rows * d { batch.x[i] *= spread }
    }
    batch.origins.update(from: batch.x, count: rows * d)
    kernels.uniforms(
      key: stream.key, step: 0, firstRow: 0, rows: rows, columns: 1, to: batch.times)
    kernels.normals(
      key: stream.key, step: 1, firstRow: 0, rows: rows, columns: d, to: batch.goals)
    for row in 0..<rows {
      let deviation = Float(matching.noise.variance(at: Double(batch.times[row])).squareRoot())
      batch.deviations[row] = deviation
      for i in row * d..<(row + 1) * d { batch.x[i] += deviation * batch.goals[i] }
    }
    system?.removeMean(batch.x, rows: rows)
    rejected += try estimator.estimate(
      at: batch.x, deviations: batch.deviations,
      origins: matching.includeOrigin ? UnsafePointer(batch.origins) : nil, rows: rows,
      stream.folding(.bridges), into: batch.goals)
    try writeGoals()
  }

  /// What the output should be, and how much it matters, from the estimates.
  private func writeGoals() throws {
    let (rows, d, matching) = (config.batchSize, density.dimension, config.energyMatching)
    let hasGiven = matching.network.scoreDeviation > 0
    if hasGiven {
      try given.write(
        at: batch.x, rows: rows, density, room: batch.origins, values: batch.weights,
        into: batch.scores)
    }
    for row in 0..<rows {
      let h = Double(batch.deviations[row]) * Double(batch.deviations[row])
      let part = network.coefficients(variance: h)
      let lambda = matching.lossFloor > 0 ? h + matching.lossFloor : 1
      batch.weights[row] = Float(lambda.squareRoot() * part.output)
      batch.times[row] = network.time(Double(batch.times[row]))
      for i in row * d..<(row + 1) * d {
        let known =
          Float(part.x) * batch.x[i] + (hasGiven ? Float(part.score) * batch.scores[i] : 0)
        batch.goals[i] = (batch.goals[i] - known) / Float(part.output)
      }
    }
  }

  /// Generates points, in the network's coordinates, and keeps them.
  private func generate(
    into buffer: ReplayBuffer, _ stream: RandomStream, isFirst: Bool, _ poll: () throws -> Void
  ) throws {
    let matching = config.energyMatching
    let count = isFirst ? matching.initialCount : matching.generateCount
    let points = GeneratedPoints(count: count, dimension: density.dimension)
    process.start(
      rows: count, firstRow: 0, stream, into: points.x, logRatios: points.logRatios)
    if !isFirst || matching.initialEstimates {
      try withAverage {
        try process.run(
          rows: count, firstRow: 0, steps: matching.generateSteps, stream,
          source: isFirst ? .estimates(estimator) : .network(density), points.x,
          logRatios: points.logRatios, poll)
      }
    }
    try evaluate(points, density)
    if !isFirst { judge(points) }
    for _ in 0..<matching.descentSteps { try descend(points) }
    if matching.descentSteps > 0 { try evaluate(points, density) }
    try refine(points, stream, poll)
    buffer.insert(
      Points(points.x, count: count, dimension: density.dimension),
      logDensity: points.logDensity)
  }

  /// What the weights of a generation say of the parameters that made it.
  private func judge(_ points: GeneratedPoints) {
    let jacobian = Double(process.freedom) * scalarLog(config.energyMatching.scale)
    let weights = (0..<points.count)
      .map { points.logRatios[$0] + Double(points.logDensity[$0]) + jacobian }
      .filter(\.isFinite).sorted()
    guard !weights.isEmpty else { return }
    last.elbo = weights.reduce(0, +) / Double(weights.count)
    // Points without a finite weight are below all others.
    let middle = weights.count - points.count / 2
    guard middle > 0 else { return }
    withAverage { selection?.offer(weights[middle - 1]) }
  }

  /// x ← x + step S(x), S the density's own score within its bound.
  private func descend(_ points: GeneratedPoints) throws {
    let (count, d, matching) = (points.count, points.dimension, config.energyMatching)
    let step = Float(matching.descentStep)
    try inUnitsOfDensity(points) { x in
      try density.score(of: x, logDensity: points.logDensity, into: points.scores)
    }
    for row in 0..<count {
      let score = points.scores + row * d
      for j in 0..<d { score[j] *= Float(matching.scale) }
      given.bound.shorten(score, dimension: d)
      for j in 0..<d { points.x[row * d + j] += step * score[j] }
    }
  }

  /// Writes log ρ of points.
  func evaluate(_ points: GeneratedPoints, _ counted: CountedDensity) throws {
    try inUnitsOfDensity(points) { x in
      try counted.logDensity(of: x, into: points.logDensity)
    }
  }

  /// Moves points on by chains that leave the density as it is.
  private func refine(
    _ points: GeneratedPoints, _ stream: RandomStream, _ poll: () throws -> Void
  ) throws {
    guard config.energyMatching.refinement > 0 else { return }
    let refinement = try PointRefinement(
      kernel: PointRefinement.automatic, steps: config.energyMatching.refinement, hasScore: true)
    try inUnitsOfDensity(points) { _ in
      _ = try refinement.move(
        points.x, logDensity: points.logDensity, count: points.count, density,
        stream.folding(.localSearch), pool: pool, poll)
    }
    system?.removeMean(points.x, rows: points.count)
  }

  /// Calls `body` while points have the density's own coordinates.
  private func inUnitsOfDensity(
    _ points: GeneratedPoints, _ body: (Points) throws -> Void
  ) rethrows {
    let (count, scale) = (points.count * points.dimension, Float(config.energyMatching.scale))
    for i in 0..<count { points.x[i] *= scale }
    defer { for i in 0..<count { points.x[i] /= scale } }
    try body(Points(points.x, count: points.count, dimension: points.dimension))
  }

  /// Calls `body` with the parameters that draws are made with.
  func withChosen(_ body: () throws -> Void) rethrows {
    guard let selection, selection.score > -.infinity else { return try withAverage(body) }
    selection.swapWithParameters()
    defer { selection.swapWithParameters() }
    try body()
  }

  /// Calls `body` with the averaged parameters where there are any.
  func withAverage(_ body: () throws -> Void) rethrows {
    average?.swapWithParameters()
    defer { average?.swapWithParameters() }
    try body()
  }
}
