import Densities
import Optimizers
import Storage
import Tensors
import Training

/// A run as one safetensors file: parameters by name, optimiser, history, and in the metadata the
/// configuration and counters.
struct RunFile {
  /// What changes from step to step beside the arrays.
  struct State: Codable, Sendable {
    var step: Int
    var rejected: Int
    var energyCalls: Int
    var gradientCalls: Int
    /// What the schedule of the learning rates has learned.
    var schedule: [Double]
    var history: [StepReport]
    /// What the last batch of each kind of paths said.
    var last: LastBatches
    /// The counters of the replay buffers: of points visited, and of points found near them.
    var visited: ReplayBuffer.State?
    var found: ReplayBuffer.State?
    /// Steps done at the last local search or generation.
    var searchedAfter: Int?
    /// Updates of the average of the parameters, where one is kept.
    var averageUpdates: Int?
    /// How good the selected parameters are, where some are.
    var selectionScore: Double?

    enum CodingKeys: String, CodingKey {
      case step, rejected, schedule, history, last, visited, found
      case energyCalls = "energy_calls"
      case gradientCalls = "gradient_calls"
      case searchedAfter = "searched_after"
      case averageUpdates = "average_updates"
      case selectionScore = "selection_score"
    }
  }

  /// How a file names its density.
  struct SavedDensity: Codable, Sendable {
    var name: String
    var dimension: Int
    var config: JSONValue
  }

  static let format = "tightrope-run-1"
  private static let visited = "replay.visited."
  private static let found = "replay.found."
  private static let average = "average"
  private static let selection = "selection"
  private static let parameters = "parameters."

  let path: String
  let config: RunConfig
  let density: SavedDensity
  let state: State
  private let arrays: SafetensorsFile

  /// The present state of a run.
  init(_ run: Run) throws {
    path = ""
    config = run.config
    density = SavedDensity(
      name: run.density.name, dimension: run.density.density.dimension, config: run.density.config)
    state = State(
      step: run.stepsDone, rejected: run.trainer.rejected, energyCalls: run.energyCalls,
      gradientCalls: run.gradientCalls, schedule: run.trainer.schedule.state, history: run.history,
      last: run.trainer.last, visited: run.trainer.visited?.state,
      found: run.trainer.found?.state, searchedAfter: run.trainer.searchedAfter,
      averageUpdates: run.trainer.average?.updates,
      selectionScore: run.trainer.selection.flatMap { $0.score.isFinite ? $0.score : nil })
    let encoder = ConfigEncoder()
    var arrays = SafetensorsFile(metadata: [
      "format": Self.format,
      "config": try encoder.encode(config).compact,
      "density": try encoder.encode(density).compact,
      "state": try encoder.encode(state).compact,
    ])
    let set = run.trainer.parameters
    for entry in set.entries {
      let values = UnsafeBufferPointer(
        start: set.values + entry.parameter.offset, count: entry.parameter.shape.count)
      arrays[Self.parameters + entry.name] = StoredArray(
        Array(values), shape: entry.parameter.shape.array)
    }
    for buffer in run.trainer.optimizer.buffers {
      arrays[buffer.name] = StoredArray(Array(buffer.values))
    }
    let trainer = run.trainer
    for buffer in trainer.visited?.tensors(Self.visited) ?? [] {
      arrays[buffer.name] = buffer.array
    }
    for buffer in trainer.found?.tensors(Self.found) ?? [] { arrays[buffer.name] = buffer.array }
    try run.prior?.write(to: &arrays)
    if let average = trainer.average { arrays[Self.average] = StoredArray(Array(average.values)) }
    if let selection = trainer.selection {
      arrays[Self.selection] = StoredArray(Array(selection.values))
    }
    self.arrays = arrays
  }

  /// Reads and checks a file.
  init(readingFrom path: String) throws {
    self.path = path
    arrays = try SafetensorsFile(reading: path, checksum: .required)
    guard arrays.metadata["format"] == Self.format else {
      throw StorageError.malformed(
        path: path, format: "run", reason: "it is a safetensors file, but not a saved run")
    }
    config = try Self.decode("config", arrays, path) { try RunConfig.completed($0) }
    density = try Self.decode("density", arrays, path)
    state = try Self.decode("state", arrays, path)
  }

  /// The parameters by name.
  var parameters: [SafetensorsFile.Entry] {
    arrays.entries.filter { $0.name.hasPrefix(Self.parameters) }.map {
      .init(name: String($0.name.dropFirst(Self.parameters.count)), array: $0.array)
    }
  }

  /// The average of all parameters, where one was kept.
  var averageOfParameters: StoredArray? { arrays[Self.average] }

  /// The prior of a posterior's run.
  func prior() throws -> SavedPrior? { try SavedPrior(in: arrays, path) }

  func write(to path: String, keeping previous: String? = nil) throws {
    try arrays.write(to: path, keeping: previous)
  }

  /// Copies the arrays into a trainer of the same shape that begins.
  func load(into trainer: any RunTrainer) throws {
    try load(into: trainer.parameters, trainer.optimizer, &trainer.schedule)
    try loadBuffers(into: trainer)
    if let average = trainer.average, let updates = state.averageUpdates {
      average.restore(try copyOfParameters(Self.average, trainer), updates: updates)
    }
    if let selection = trainer.selection, let score = state.selectionScore {
      selection.restore(try copyOfParameters(Self.selection, trainer), score: score)
    }
  }

  /// An array of as many numbers as there are parameters.
  private func copyOfParameters(_ name: String, _ trainer: any RunTrainer) throws -> [Float] {
    let values = try arrays.floats(name)
    guard values.count == trainer.parameters.count else {
      throw StorageError.malformed(
        path: path, format: "run", reason: "its \(name) has \(values.count) numbers")
    }
    return values
  }

  private func load(
    into parameters: ParameterSet, _ optimizer: Optimizer, _ schedule: inout any Schedule
  ) throws {
    for entry in parameters.entries {
      let values = try arrays.floats(Self.parameters + entry.name)
      try copy(
        values, Self.parameters + entry.name, to: parameters.values + entry.parameter.offset,
        entry.parameter.shape.count)
    }
    for buffer in optimizer.buffers {
      try copy(arrays.floats(buffer.name), buffer.name, to: buffer.values)
    }
    guard state.schedule.count == schedule.state.count else {
      throw StorageError.malformed(
        path: path, format: "run",
        reason: "its schedule has \(state.schedule.count) numbers, not \(schedule.state.count)")
    }
    schedule.state = state.schedule
    optimizer.step = state.step
    parameters.refreshTransposes()
  }

  /// Fills the replay buffers of a run that begins.
  private func loadBuffers(into trainer: any RunTrainer) throws {
    trainer.searchedAfter = state.searchedAfter ?? -1
    let conditions = (trainer.density.base as? any ConditionalDensity)?.conditionCount ?? 0
    if let buffer = trainer.visited, let saved = state.visited {
      try buffer.restore(saved, from: arrays, prefix: Self.visited, conditionCount: conditions)
    }
    if let buffer = trainer.found, let saved = state.found {
      try buffer.restore(saved, from: arrays, prefix: Self.found, conditionCount: conditions)
    }
  }

  /// Refuses a configuration or density that would change what the file's run is.
  func requireSame(_ other: RunConfig, _ otherDensity: NamedDensity) throws {
    let encoder = ConfigEncoder()
    if let path = firstDifference(try encoder.encode(config), try encoder.encode(other), at: "") {
      throw ConfigError.invalid(
        path: path,
        reason: "the saved run has another value; only "
          + RunConfig.changeable.joined(separator: ", ") + " may change")
    }
    guard otherDensity.name == density.name,
      otherDensity.density.dimension == density.dimension,
      otherDensity.config == density.config
    else {
      throw ConfigError.invalid(
        path: "density",
        reason: "the saved run learned '\(density.name)' in dimension "
          + "\(density.dimension), not '\(otherDensity.name)' in \(otherDensity.density.dimension)")
    }
  }

  private func copy(
    _ values: [Float], _ name: String, to target: UnsafeMutablePointer<Float>, _ count: Int
  ) throws {
    guard values.count == count else {
      throw StorageError.malformed(
        path: path, format: "run", reason: "'\(name)' holds \(values.count) numbers, not \(count)")
    }
    target.update(from: values, count: count)
  }

  private func copy(
    _ values: [Float], _ name: String, to target: UnsafeMutableBufferPointer<Float>
  ) throws {
    guard let base = target.baseAddress else { return }
    try copy(values, name, to: base, target.count)
  }

  /// What metadata say.
  /// - Parameter completing: Adds to their tree what files from before a setting came do not have.
  static func decode<Value: Codable>(
    _ key: String, _ arrays: SafetensorsFile, _ path: String,
    completing: (JSONValue) throws -> JSONValue = { $0 }
  ) throws -> Value {
    guard let text = arrays.metadata[key] else {
      throw StorageError.malformed(path: path, format: "run", reason: "it has no \(key)")
    }
    do {
      return try ConfigDecoder().decode(
        Value.self, from: completing(JSONValue(parsing: text)))
    } catch {
      throw StorageError.malformed(path: path, format: "run", reason: "its \(key): \(error)")
    }
  }
}

extension RunConfig {
  /// A saved configuration's tree with the defaults of settings that came after it.
  static func completed(_ tree: JSONValue) throws -> JSONValue {
    try overlay(ConfigEncoder().encode(RunConfig()), with: tree)
  }
}

/// The path of the first value in which two trees differ, keys that may change aside.
private func firstDifference(_ a: JSONValue, _ b: JSONValue, at path: String) -> String? {
  if RunConfig.changeable.contains(path) { return nil }
  guard let left = a.object, let right = b.object else { return a == b ? nil : path }
  for entry in left.entries {
    let inner = path.isEmpty ? entry.key : path + "." + entry.key
    if let found = firstDifference(entry.value, right[entry.key] ?? .null, at: inner) {
      return found
    }
  }
  return nil
}
