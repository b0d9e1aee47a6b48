import Densities
import Kernels
import Networks
import Optimizers
import Storage
import Tensors
import Training

/// One training step of a model that undoes noise: data, noise, and what the network says of them.
///
/// Data are exact samples of the density, its pairs where it has conditions, or rows of a file; the density is evaluated
/// only to judge.
final class DenoisingTrainer: StepTrainer {
  var config: RunConfig
  let parameters = ParameterSet()
  let optimizer: Optimizer
  var schedule: any Schedule
  let density: CountedDensity
  var rejected = 0
  var last = LastBatches()
  let average: ParameterAverage?
  var searchedAfter = -1
  let model: any DenoisingModel

  private let data: TrainingData
  private let batch: UnsafeMutablePointer<Float>
  private let trainer: BatchTrainer
  private let stream: RandomStream

  init(_ config: RunConfig, _ base: any Density, pool: ThreadPool) throws {
    let denoising = config.denoising
    self.config = config
    density = CountedDensity(base)
    if config.steps > 0 { try Self.refuseClosedForm(denoising) }
    do throws(ConfigError) {
      model = try makeDenoisingModel(
        denoising, DenoisingShape(of: base), in: parameters)
    } catch {
      throw error.under("denoising")
    }
    data = try TrainingData(config, base)
    parameters.initialize(seed: config.seed)
    optimizer = try config.optimizer.makeOptimizer(for: parameters)
    schedule = try config.optimizer.makeSchedule()
    var average = ParameterAverageConfig()
    average.decay = denoising.averageDecay
    self.average =
      denoising.averageDecay > 0 ? try ParameterAverage(average, of: parameters) : nil
    trainer = BatchTrainer(
      parameters, optimizer, blockRows: blockRows, tapeRows: min(blockRows, model.tapeRows),
      seed: config.seed, pool: pool)
    batch = .allocate(capacity: max(1, config.batchSize * base.dimension))
    stream = RandomStream(seed: config.seed).folding(.training)
  }

  deinit { batch.deallocate() }

  private static func refuseClosedForm(_ config: DenoisingConfig) throws(ConfigError) {
    try ConfigError.require(
      config.network.kind != .closedForm, "steps",
      "it must be 0: a closed form has nothing to learn")
  }

  var logZ: Double? { nil }
  var visited: ReplayBuffer? { nil }
  var found: ReplayBuffer? { nil }
  var prior: (any DenoisingModel)? { nil }
  var finalInverseTemperature: Double { 1 }

  func step(_ done: Int, _ poll: () throws -> Void) throws -> StepReport {
    try Self.refuseClosedForm(config.denoising)
    try poll()
    let stream = stream.folding(UInt64(done))
    let (rows, d) = (config.batchSize, model.dimension)
    data.draw(rows, stream.folding(.exactSamples), into: batch)
    let (loss, gradient) = trainer.evaluate(rows: rows) { context, range in
      self.model.loss(
        StepRows(
          first: range.lowerBound, count: range.count,
          conditions: self.data.features(from: range.lowerBound)),
        of: self.batch + range.lowerBound * d, stream, context)
    }
    let norm = try checkedNorm(
      loss, gradient, of: parameters, bound: config.optimizer.clipNorm, at: "step \(done + 1)")
    last.loss = loss
    optimizer.update(
      gradient: gradient, factor: schedule.factor(after: done, of: config.steps),
      gradientFactor: clippingFactor(norm: norm, bound: config.optimizer.clipNorm))
    schedule.observe(loss, after: done)
    average?.update()
    return StepReport(
      step: done + 1, loss: loss, logZ: 0, elbo: 0, gradientNorm: norm,
      energyCalls: density.energyCalls, gradientCalls: density.gradientCalls, rejected: rejected)
  }
}

/// Rows of a block.
private let blockRows = 64

/// The model of a kind.
/// - Throws: `ConfigError`.
func makeDenoisingModel(
  _ config: DenoisingConfig, _ shape: DenoisingShape, in set: ParameterSet
) throws(ConfigError) -> any DenoisingModel {
  let kind = try denoisingKind(config.kind)
  let model: any DenoisingModel
  do {
    model = try kind.make(config, shape, set)
  } catch let error as ConfigError {
    throw error
  } catch {
    throw .invalid(path: "kind", reason: "\(error)")
  }
  try ConfigError.require(
    model.conditionDimension == shape.conditionDimension, "kind",
    "\(config.kind) noise knows nothing of conditions")
  return model
}
