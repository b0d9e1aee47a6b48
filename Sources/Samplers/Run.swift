import Catalogs
import Densities
import Kernels
import Networks
import Objectives
import Storage
import Tensors
import Training

/// A sampler in training and after: configuration, networks, optimiser and history.
///
/// Not thread-safe: one thread at a time.
public final class Run: Trainable {
  /// What the run is.
  public private(set) var config: RunConfig
  /// The prior of a posterior.
  let prior: SavedPrior?
  /// What it learns to sample.
  public let density: NamedDensity
  /// Steps done.
  public private(set) var stepsDone = 0
  /// The reports so far, at the cadence of the configuration.
  public private(set) var history: [StepReport] = []
  /// The folder it writes to, where it has one.
  public let folder: RunFolder?

  private var budget: RunningBudget?
  let trainer: any RunTrainer
  let sampler: any RunSampler
  let pool: ThreadPool

  /// A run that begins, or goes on from its folder's checkpoint where the configuration says so.
  /// - Throws: `ConfigError`, `StorageError`.
  public convenience init(
    _ density: NamedDensity, overrides: JSONValue = .object(JSONObject()),
    pool: ThreadPool = .shared
  ) throws {
    try self.init(density, config: resolve(RunConfig(), overrides: overrides), pool: pool)
  }

  /// A run of a complete configuration.
  /// - Throws: `ConfigError`, `StorageError`.
  public convenience init(
    _ density: NamedDensity, config: RunConfig, pool: ThreadPool = .shared
  ) throws {
    try self.init(fresh: density, config: config, prior: Run.prior(of: config), pool: pool)
    try openFolder()
  }

  /// A run of a complete configuration that touches no file.
  /// - Parameter prior: The prior that the configuration names.
  init(
    fresh density: NamedDensity, config: RunConfig, prior: SavedPrior?, pool: ThreadPool
  ) throws {
    try config.validate()
    let config = try prior.map { try config.adopting($0) } ?? config
    try config.validate()
    self.config = config
    self.prior = prior
    self.density = density
    self.pool = pool
    folder = config.out.isEmpty ? nil : RunFolder(path: config.out)
    switch config.method {
    case .paths:
      let trainer = try Run.pathTrainer(density.density, config, prior, pool)
      self.trainer = trainer
      sampler = PathSampler(trainer: trainer, density: density.density, pool: pool)
    case .idem, .pdem:
      let trainer = try EnergyMatchingTrainer(config, density.density, pool: pool)
      self.trainer = trainer
      sampler = EnergyMatchingSampler(trainer: trainer)
    case .denoising:
      let trainer: any StepTrainer =
        try prior.map { try PosteriorTrainer(config, density.density, $0, pool: pool) }
        ?? DenoisingTrainer(config, density.density, pool: pool)
      self.trainer = trainer
      sampler = StepSampler(trainer: trainer, pool: pool)
    }
  }

  /// The trainer of an objective on paths.
  private static func pathTrainer(
    _ density: any Density, _ config: RunConfig, _ prior: SavedPrior?, _ pool: ThreadPool
  ) throws -> PathTrainer {
    let usesScore = try Run.usesScore(density, config)
    try ConfigError.require(
      !config.offPolicy.source.followsPrior && config.prior.policy.kind == .none, "prior",
      "off_policy.source = prior or mixture and prior.policy are for denoising priors")
    let objective = try config.makeObjective()
    if objective.isPathwise && !(density is any DifferentiableDensity) {
      throw ConfigError.invalid(
        path: "objective", reason: "\(config.objective) needs a density with a score")
    }
    if objective.isPathwise && config.process.learnedBackward {
      throw ConfigError.invalid(
        path: "process.learned_backward",
        reason: "\(config.objective) differentiates through paths, whose way back must be fixed")
    }
    let conditional = density as? any ConditionalDensity
    if conditional != nil {
      try Run.requireWholeGroups(config)
      try ConfigError.require(
        config.prior.backAndForth == 0, "prior.back_and_forth", "the density has conditions")
    }
    try ConfigError.require(
      !config.prior.isSet || config.prior.guidance == .none || density is any DifferentiableDensity,
      "prior.guidance", "the density has no score")
    let model = try PathModel(
      config, dimension: density.dimension, usesScore: usesScore,
      hasFlow: objective.unknown == .flow, conditionDimension: conditional?.conditionDimension,
      prior: prior)
    return try PathTrainer(config, model, CountedDensity(density), objective, pool: pool)
  }

  /// 16 hexadecimal digits over all parameters.
  public var checksum: String {
    var checksum = Checksum()
    let set = trainer.parameters
    let values = UnsafeBufferPointer(start: set.values, count: set.count)
    checksum.update(bytes: UnsafeRawBufferPointer(values))
    return checksum.hexadecimal
  }

  /// What learns, and where each part of it stands.
  package var parameters: ParameterSet { trainer.parameters }

  /// Number of parameters.
  public var parameterCount: Int { trainer.parameters.count }

  /// Density evaluations spent on training.
  public var energyCalls: Int { trainer.density.energyCalls }

  /// Score evaluations spent on training.
  public var gradientCalls: Int { trainer.density.gradientCalls }

  /// Trains up to the configured number of steps; stopped or failed, a further call goes on.
  /// - Throws: `BudgetSpent` before the first step after so many evaluations, or when the time is up.
  public func train(
    _ listener: TrainingListener? = nil, within budget: TrainingBudget = TrainingBudget()
  ) throws {
    try budget.validate()
    self.budget = RunningBudget(budget)
    defer { self.budget = nil }
    let cadence = TrainerCadence(report: config.reportEvery, checkpoint: config.checkpointEvery)
    let lock = try folder?.lock()
    try folder?.begin(config, density, history)
    do {
      try withExtendedLifetime(lock) {
        try Training.train(self, steps: config.steps, cadence: cadence, listener: listener)
      }
    } catch let error as NumericalError {
      // What stopped the training matters more than a note of it.
      try? folder?.note(error, after: stepsDone, density)
      throw error
    }
  }

  /// Changes the number of steps in all; schedules that depend on it follow from the next step on.
  public func extend(to steps: Int) throws {
    var changed = config
    changed.steps = steps
    try changed.validate()
    config = changed
    trainer.config = changed
  }

  /// Simulates a batch, updates the parameters, counts the step.
  public func trainStep(_ poll: () throws -> Void) throws -> StepReport {
    try budget?.require(energyCalls: energyCalls)
    let report = try trainer.step(stepsDone) {
      try poll()
      try budget?.requireTime()
    }
    stepsDone += 1
    return report
  }

  /// Keeps a report, in memory and in the folder.
  public func record(_ report: StepReport) throws {
    history.append(report)
    try folder?.append(report)
  }

  /// Saves to the folder, where there is one.
  public func checkpoint() throws -> String? {
    guard let folder else { return nil }
    try RunFile(self).write(to: folder.checkpoint, keeping: folder.previous)
    return folder.checkpoint
  }

  /// Writes all that is needed to sample and to go on training, atomically.
  public func save(to path: String) throws { try RunFile(self).write(to: path) }

  /// Takes over the state of a saved run.
  func restore(_ file: RunFile) throws {
    try file.load(into: trainer)
    stepsDone = file.state.step
    history = file.state.history
    trainer.rejected = file.state.rejected
    trainer.last = file.state.last
    trainer.density.resume(
      energyCalls: file.state.energyCalls, gradientCalls: file.state.gradientCalls)
  }

  private func openFolder() throws {
    guard let folder else { return }
    if folder.hasCheckpoint {
      guard config.resume else {
        throw ConfigError.invalid(
          path: "out",
          reason:
            "'\(folder.path)' holds a run already; set resume to go on, or name another folder")
      }
      let file = try folder.read()
      try file.requireSame(config, density)
      try restore(file)
    }
    let lock = try folder.lock()
    try withExtendedLifetime(lock) { try folder.begin(config, density, history) }
  }

  private static func usesScore(_ density: any Density, _ config: RunConfig) throws -> Bool {
    let hasScore = density is any DifferentiableDensity
    if config.network.langevin == .on && !hasScore {
      throw ConfigError.invalid(
        path: "network.langevin", reason: "the density has no score; choose auto or off")
    }
    return hasScore && config.network.langevin != .off
  }

  /// Buffers keep the paths of a condition together.
  private static func requireWholeGroups(_ config: RunConfig) throws(ConfigError) {
    try ConfigError.require(
      !config.offPolicy.remembers || config.batchSize.isMultiple(of: config.conditionRepeats),
      "condition_repeats",
      "the batch size, \(config.batchSize), must be a multiple of it, so that buffers hold whole "
        + "groups")
  }
}
