import Densities
import Kernels
import Networks
import Objectives
import Optimizers
import Storage
import Tensors
import Training

/// One training step of a posterior p(x) r(x)ᵝ / Z under a prior chain p: relative trajectory balance, or any
/// other objective on paths.
///
/// Two passes. The first simulates paths without a tape and keeps their states; the prior's log-probabilities
/// of the same steps stand where objectives expect those of the way back. The objective makes one number
/// for each step of each path, ∂L / ∂ log q. The second pass is a regression over rows (step, path), whose
/// loss is the sum of number × log q: the exact gradient, in the memory of one block. Of a part of the steps, drawn
/// anew each time, it is an unbiased one.
/// Reference: Venkatraman et al. (2024), arXiv:2405.20971, eq. 8 and appendix H.1
final class PosteriorTrainer: StepTrainer {
  var config: RunConfig
  let parameters: ParameterSet
  let optimizer: Optimizer
  var schedule: any Schedule
  let density: CountedDensity
  var rejected = 0
  var last = LastBatches()
  let chains: PosteriorChains
  private let objective: any PathObjective
  private let backwardObjective: any PathObjective
  private let source: EndPointSource
  private let simulator: StepSimulator
  private let trainer: BatchTrainer
  private let rows: PosteriorRows
  private let paths: StepPaths
  private let conditions: StepConditions?
  private let stream: RandomStream
  private var record: PathRecord
  private var adjoints: PathAdjoints

  init(
    _ config: RunConfig, _ base: any Density, _ saved: SavedPrior, pool: ThreadPool
  ) throws {
    try Self.refuse(config, base, saved)
    self.config = config
    density = CountedDensity(base)
    objective = try config.prior.policy.makeObjective() ?? config.makeObjective()
    backwardObjective = try config.backwardObjective() ?? objective
    chains = try PosteriorChains(config, saved, density)
    parameters = chains.parameters
    optimizer = try config.optimizer.makeOptimizer(for: parameters)
    schedule = try config.optimizer.makeSchedule()
    let (model, count) = (chains.model, config.batchSize)
    let isConditional = model.conditionDimension > 0
    do {
      source = try EndPointSource(
        config.offPolicy, density, count: count,
        conditionRepeats: isConditional ? config.conditionRepeats : 0,
        known: (base as? any ConstraintDensity)?.posterior, pool: pool)
    } catch let error as ConfigError {
      throw error.under("off_policy")
    }
    conditions = StepConditions(base, count: count, groupSize: config.conditionRepeats)
    simulator = StepSimulator(
      model, reference: .chain(chains.prior), parameters, pool: pool)
    paths = StepPaths(
      capacity: count, steps: model.steps, dimension: model.dimension,
      keepsScores: model.usesScore)
    rows = PosteriorRows(
      paths, fraction: config.prior.stepFraction, conditionDimension: model.conditionDimension)
    trainer = BatchTrainer(
      parameters, optimizer, blockRows: max(64, model.tapeRows), tapeRows: model.tapeRows,
      seed: config.seed, pool: pool)
    stream = RandomStream(seed: config.seed).folding(.training)
    record = PathRecord(paths: count, steps: model.steps)
    record.groupSize = isConditional ? config.conditionRepeats : 0
    let hasOffsets = isConditional && objective.unknown == .logZ
    record.logZOffset = [Double](repeating: 0, count: hasOffsets ? count : 0)
    adjoints = PathAdjoints(for: record)
  }

  private static func refuse(
    _ config: RunConfig, _ base: any Density, _ saved: SavedPrior
  ) throws {
    let objective = try config.makeObjective()
    let backward = try config.backwardObjective() ?? objective
    let isConditional = base is any ConditionalDensity
    let reasons: [(Bool, String, String)] = [
      (
        saved.density.dimension != base.dimension, "prior.run",
        "the prior is in dimension \(saved.density.dimension), the density in \(base.dimension)"
      ),
      (
        isConditional != saved.hasParameter(DenoisingShape.conditional), "prior.run",
        "the prior has \(isConditional ? "no conditions, and the density has" : "conditions, and the density has none")"
      ),
      (
        isConditional && config.offPolicy.source == .samples && backward.unknown != .logZ,
        "off_policy.source",
        "each of the samples has a condition of its own, whose log Z only trajectory-balance learns; "
          + "log-variance compares the paths of a condition, as of source = prior"
      ),
      (
        isConditional && !config.batchSize.isMultiple(of: config.conditionRepeats),
        "condition_repeats",
        "the batch size, \(config.batchSize), must be a multiple of it, so that groups are whole"
      ),
      (
        objective.isPathwise || objective.unknown == .flow || objective.needsGivenEnds,
        "objective", "\(config.objective) cannot learn the posterior of a denoising prior"
      ),
      (
        saved.config.denoising.network.kind == .closedForm
          && config.prior.initialize != .correction, "prior.initialize",
        "the prior is a closed form, which has nothing to copy or to change: choose correction"
      ),
      (
        config.prior.backAndForth > 0, "prior.back_and_forth",
        "a denoising prior has whole paths only"
      ),
    ]
    for (isWrong, path, reason) in reasons where isWrong {
      throw ConfigError.invalid(path: path, reason: reason)
    }
  }

  var model: any DenoisingModel { chains.model }
  var prior: (any DenoisingModel)? { chains.prior }
  var finalInverseTemperature: Double { config.prior.inverseTemperature }
  var average: ParameterAverage? { nil }
  var visited: ReplayBuffer? { source.visited }
  var found: ReplayBuffer? { source.found }
  var searchedAfter: Int {
    get { source.searchedAfter }
    set { source.searchedAfter = newValue }
  }
  var logZ: Double? { learnsOneLogZ ? learnedLogZ : nil }

  private var learnsOneLogZ: Bool { objective.unknown == .logZ && conditions == nil }

  private var learnedLogZ: Double { Double(parameters.values[chains.logZ.offset]) }

  func step(_ done: Int, _ poll: () throws -> Void) throws -> StepReport {
    let stream = stream.folding(UInt64(done))
    let isBackward: Bool
    do {
      isBackward = try simulate(done, stream, poll)
      try judge(done)
    } catch let error as NumericalError {
      throw error.at("step \(done + 1)")
    }
    let isAlone = config.offPolicy.every == 1
    record.center = isBackward && !isAlone && conditions == nil ? last.elbo : nil
    writeOffsets()
    adjoints.clear()
    let loss = (isBackward ? backwardObjective : objective).evaluate(
      record, logZ: learnedLogZ, adjoints: &adjoints)
    note(loss, isBackward: isBackward, isAlone: isAlone)
    let gradient = differentiate(stream)
    gradient[chains.logZ.offset] += Float(adjoints.logZ)
    if let conditions, !adjoints.logZOffset.isEmpty {
      chains.normalizer?.addGradient(
        adjoints.logZOffset, at: conditions.features, parameters, to: gradient)
    }
    let norm = try checkedNorm(
      loss, gradient, of: parameters, bound: config.optimizer.clipNorm, at: "step \(done + 1)")
    let report = StepReport(
      step: done + 1, loss: last.loss, backwardLoss: last.backwardLoss,
      logZ: learnsOneLogZ ? learnedLogZ : last.elbo, elbo: last.elbo,
      gradientNorm: norm, energyCalls: density.energyCalls, gradientCalls: density.gradientCalls,
      rejected: rejected)
    optimizer.update(
      gradient: gradient, factor: schedule.factor(after: done, of: config.steps),
      gradientFactor: clippingFactor(norm: norm, bound: config.optimizer.clipNorm))
    schedule.observe(last.loss, after: done)
    return report
  }

  /// Simulates the step's paths; whether they come from elsewhere than the model itself.
  private func simulate(
    _ done: Int, _ stream: RandomStream, _ poll: () throws -> Void
  ) throws -> Bool {
    var origin = StepSimulator.Origin.start
    conditions?.draw(stream.folding(.conditions))
    if config.offPolicy.isTurn(done) {
      if config.offPolicy.source.followsPrior {
        origin = .partly(config.offPolicy.stepsOfPrior(of: model.steps, stream))
      } else if let ends = try source.next(done, stream, poll) {
        origin = .ends(ends.x)
        if let given = ends.conditions { conditions?.take(given) }
      }
    }
    try simulator.run(
      config.batchSize, from: origin, stream, conditions: features, into: paths, poll)
    if case .start = origin { return false }
    return true
  }

  /// Fills the record: log q, log p, and β log r of the ends.
  private func judge(_ done: Int) throws {
    let (count, d) = (config.batchSize, model.dimension)
    for i in 0..<count * model.steps {
      record.logForward[i] = paths.logForward[i]
      record.logBackward[i] = paths.logReference[i]
    }
    let values = UnsafeMutablePointer<Float>.allocate(capacity: count)
    defer { values.deallocate() }
    let numbers = conditions.map { UnsafePointer($0.indices) }
    try density.logDensity(
      of: Points(paths.ends, count: count, dimension: d, conditions: numbers), into: values)
    source.remember(EndPoints(x: paths.ends, logDensity: values, conditions: numbers))
    let beta = config.prior.inverseTemperature(at: done)
    var bad: Int?
    for path in 0..<count {
      record.logDensity[path] = beta * Double(values[path])
      record.counts[path] = values[path].isFinite && record.logRatio(of: path).isFinite
      if !record.counts[path] { bad = bad ?? path }
    }
    guard let bad else { return }
    let wrong = count - record.counted
    guard config.nonFinite == .reject, record.counted > 0 else {
      throw NumericalError(
        "the log-density", count: wrong, total: count,
        point: Array(UnsafeBufferPointer(start: paths.ends + bad * d, count: d)))
    }
    rejected += wrong
  }

  private var features: UnsafePointer<Float>? { conditions.map { UnsafePointer($0.features) } }

  /// What the conditions of the paths are thought to add to log Z.
  private func writeOffsets() {
    guard let features, !record.logZOffset.isEmpty, let normalizer = chains.normalizer else {
      return
    }
    record.logZOffset = normalizer.values(at: features, count: record.paths, parameters)
  }

  private func note(_ loss: Double, isBackward: Bool, isAlone: Bool) {
    if isBackward { last.backwardLoss = loss }
    guard !isBackward || isAlone else { return }
    last.loss = loss
    let sum = (0..<record.paths).reduce(0.0) { sum, path in
      record.counts[path] ? sum - record.logRatio(of: path) : sum
    }
    last.elbo = sum / Double(max(1, record.counted))
  }

  /// The second pass: the gradient of Σ adjoint × log q over the chosen rows.
  private func differentiate(_ stream: RandomStream) -> UnsafeMutablePointer<Float> {
    let count = rows.choose(adjoints.logForward, features: features, stream)
    return trainer.evaluate(rows: count) { [self] context, range in
      rows.loss(of: chains.model, range, context)
    }.gradient
  }
}
