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
    let density = try NamedDensity(density.name, config: density.settings)
    do {
      switch method.kind {
      case .train: return try train(density, pool, listener)
      case .chains: return try moveChains(density, pool, listener)
      }
    } catch let error as NumericalError {
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
