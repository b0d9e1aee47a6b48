import Chains
import Densities
import Kernels
import Metrics
import Samplers
import Storage
import Training

extension SuiteCell {
  /// Spends the budget and judges what came of it.
  ///
  /// A cell that fails, because a loss diverges or a density has no score, says so in its row.
  /// - Throws: `ConfigError` for settings that make no sense, what the listener throws.
  public func run(pool: ThreadPool = .shared, _ listener: TrainingListener? = nil) throws
    -> SuiteRow
  {
    let density = try NamedDensity(
      density.name, config: JSONValue.object(JSONObject()).merged(with: density.settings))
    do {
      switch method.kind {
      case .train: return try train(density, pool, listener)
      case .chains: return try moveChains(density, pool, listener)
      }
    } catch let error as NumericalError {
      return row(failure: "\(error)")
    } catch let error as ChainError {
      return row(failure: "\(error)")
    }
  }

  private func train(
    _ density: NamedDensity, _ pool: ThreadPool, _ listener: TrainingListener?
  ) throws -> SuiteRow {
    var config = try resolve(RunConfig(), overrides: settings)
    config.seed = seed
    let usesScore = density.density is any DifferentiableDensity && config.network.langevin != .off
    config.steps = try config.steps(within: energyCalls, usesScore: usesScore)
    guard config.steps > 0 else {
      return row(failure: "one training step takes more than the budget")
    }
    let run = try Run(density, config: config, pool: pool)
    let begin = ContinuousClock.now
    try run.train(listener)
    let seconds = (ContinuousClock.now - begin) / Duration.seconds(1)
    let evaluation = try run.evaluate(
      overrides: ConfigEncoder().encode(self.evaluation), poll: { try listener?.poll() })
    return row(
      evaluation.metrics, energyCalls: run.energyCalls, gradientCalls: run.gradientCalls,
      checksum: evaluation.checksum, seconds: seconds)
  }

  /// Chains that spend the budget; the points judged are chosen at random among all of theirs.
  private func moveChains(
    _ density: NamedDensity, _ pool: ThreadPool, _ listener: TrainingListener?
  ) throws -> SuiteRow {
    if let density = density.density as? any ConditionalDensity {
      return try movePerCondition(density, pool, listener)
    }
    let begin = ContinuousClock.now
    let draws = try draw(from: density.density, pool, listener)
    let seconds = (ContinuousClock.now - begin) / Duration.seconds(1)
    let rows = shuffled(draws.logDensity.count).prefix(evaluation.samples)
    let (d, values) = (draws.dimension, draws.logDensity)
    let points = try PointFigures(
      rows.flatMap { draws.x[$0 * d..<($0 + 1) * d] }, logDensity: rows.map { values[$0] },
      evaluation, pool: pool)
    let metrics = try points.all(density.density) { try listener?.poll() }
    return row(
      draws.figures + metrics, energyCalls: draws.energyCalls,
      gradientCalls: draws.gradientCalls, checksum: draws.checksum, seconds: seconds)
  }

  /// An equal part of the budget for each condition to be judged on; what comes of it is log Z.
  private func movePerCondition(
    _ density: any ConditionalDensity, _ pool: ThreadPool, _ listener: TrainingListener?
  ) throws -> SuiteRow {
    let conditions = density.evaluationConditions
    let begin = ContinuousClock.now
    var (energyCalls, gradientCalls, checksum) = (0, 0, Checksum())
    var estimates: [[Double]] = []
    for condition in conditions {
      let draws = try draw(
        from: density, pool, listener, part: conditions.count,
        ["condition": .integer(Int64(condition))])
      guard let estimate = draws.figures.first(where: { $0.name == "log-normalizer" }) else {
        return row(failure: "it estimates no log Z, all that is told of a density of conditions")
      }
      energyCalls += draws.energyCalls
      gradientCalls += draws.gradientCalls
      checksum.update(Array(draws.checksum.utf8))
      estimates.append([estimate.value])
    }
    let seconds = (ContinuousClock.now - begin) / Duration.seconds(1)
    let metrics = conditionalFigures(estimates).filter { $0.name == "log-normalizer" }
    return row(
      metrics, energyCalls: energyCalls, gradientCalls: gradientCalls,
      checksum: checksum.hexadecimal, seconds: seconds)
  }

  /// Points for a part of the budget.
  private func draw(
    from density: any Density, _ pool: ThreadPool, _ listener: TrainingListener?, part: Int = 1,
    _ more: JSONValue = [:]
  ) throws -> ChainDraws {
    let own: JSONValue = [
      "seed": .integer(Int64(seed)), "energy_calls": .integer(Int64(energyCalls / part)),
    ]
    return try drawChains(
      from: density, overrides: settings.merged(with: own).merged(with: more), pool: pool
    ) { try listener?.poll() }
  }

  /// All row numbers in random order, so that any first ones are of all chains and times.
  private func shuffled(_ count: Int) -> [Int] {
    RandomStream(seed: evaluation.seed).folding(.halves).draw(Permutation(of: count), rows: 0..<1)
      .map { Int($0) }
  }

  func row(
    _ metrics: [Metric] = [], energyCalls: Int = 0, gradientCalls: Int = 0, checksum: String = "",
    seconds: Double = 0, failure: String = ""
  ) -> SuiteRow {
    SuiteRow(
      key: key, density: density.shown, method: method.name, kind: method.kind, seed: seed,
      budget: self.energyCalls, energyCalls: energyCalls, gradientCalls: gradientCalls,
      metrics: metrics, failure: failure, checksum: checksum, seconds: seconds)
  }
}
