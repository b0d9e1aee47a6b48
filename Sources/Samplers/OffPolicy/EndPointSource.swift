import Chains
import Densities
import Kernels
import Storage
import Training

/// Gives the end points of paths that are simulated backwards, and remembers those of paths that were
/// simulated forwards.
///
/// What it gives depends on the seed, the step and what it remembers, never on threads.
final class EndPointSource {
  /// Ends of paths simulated forwards; nil where none are remembered.
  let visited: ReplayBuffer?
  /// What local searches found; nil where there are none.
  let found: ReplayBuffer?
  /// Steps of training done when the last local search was made; a step that is done again does not
  /// search again.
  var searchedAfter = -1

  private let config: OffPolicyConfig
  private let density: CountedDensity
  private let search: LocalSearch?
  private let samples: SampleSet?
  private let pairs: (any PairedDensity)?
  private let count: Int
  private let x: UnsafeMutablePointer<Float>
  private let values: UnsafeMutablePointer<Float>
  private let conditions: UnsafeMutablePointer<Int32>?

  /// A source of batches of `count` points.
  /// - Parameters:
  ///   - conditionRepeats: Adjacent points of a batch that share a condition; 0 where there are no
  ///   conditions.
  ///   - known: What has the distribution that is learned and may have exact samples.
  /// - Throws: `ConfigError`, `StorageError` for a file of samples.
  init(
    _ config: OffPolicyConfig, _ density: CountedDensity, count: Int, conditionRepeats: Int,
    known: (any Density)?, pool: ThreadPool
  ) throws {
    (self.config, self.density, self.count) = (config, density, count)
    pairs =
      conditionRepeats > 0 && config.source == .samples ? density.base as? any PairedDensity : nil
    if conditionRepeats > 0 { try Self.requireConditional(config, hasPairs: pairs != nil) }
    let searches = config.source == .localSearch
    func buffer() throws -> ReplayBuffer {
      do throws(ConfigError) {
        return try ReplayBuffer(
          config.replay, dimension: density.dimension, conditionRepeats: conditionRepeats)
      } catch {
        throw error.under("replay")
      }
    }
    visited = config.remembers ? try buffer() : nil
    found = searches ? try buffer() : nil
    search =
      searches ? try LocalSearch(config.localSearch, density.base, count: count, pool: pool) : nil
    samples =
      config.source == .samples && pairs == nil
      ? try SampleSet(config.samples, known, dimension: density.dimension) : nil
    x = .allocate(capacity: max(1, count * density.dimension))
    values = .allocate(capacity: max(1, count))
    conditions = conditionRepeats > 0 ? .allocate(capacity: max(1, count)) : nil
  }

  /// What points with conditions cannot be combined with.
  private static func requireConditional(
    _ config: OffPolicyConfig, hasPairs: Bool
  ) throws(ConfigError) {
    try ConfigError.require(
      config.source != .samples || hasPairs, "source",
      "it must be another than samples, as these say nothing of their conditions")
    try ConfigError.require(
      config.localSearch.keep == .states, "local_search.keep",
      "it must be states, which stay in the order of their conditions")
  }

  deinit {
    x.deallocate()
    values.deallocate()
    conditions?.deallocate()
  }

  /// Takes in the ends of a batch of paths that were simulated forwards.
  func remember(_ points: EndPoints) {
    guard let values = points.logDensity else { return }
    visited?.insert(
      Points(
        points.x, count: count, dimension: density.dimension, conditions: points.conditions),
      logDensity: values)
  }

  /// A batch of end points, valid until the next call; nil where nothing has been found yet.
  /// - Parameters:
  ///   - done: Steps of training done.
  ///   - stream: That of the step.
  func next(_ done: Int, _ stream: RandomStream, _ poll: () throws -> Void) throws -> EndPoints? {
    switch config.source {
    case .none, .prior, .mixture: return nil
    case .visited: return try draw(from: visited, stream)
    case .localSearch:
      if config.isSearchDue(done) && searchedAfter != done {
        try explore(stream.folding(.localSearch), poll)
        searchedAfter = done
      }
      return try draw(from: found, stream) ?? draw(from: visited, stream)
    case .samples: return try drawSamples(stream.folding(.replay))
    }
  }

  private func drawSamples(_ stream: RandomStream) throws -> EndPoints {
    if let pairs, let conditions {
      pairs.drawPairs(count, stream, into: x, conditions: conditions)
    } else {
      samples?.draw(count, stream, into: x)
    }
    let numbers = pairs == nil ? nil : conditions.map { UnsafePointer($0) }
    try density.logDensity(
      of: Points(x, count: count, dimension: density.dimension, conditions: numbers), into: values)
    return EndPoints(x: x, logDensity: values, conditions: numbers)
  }

  private func draw(from buffer: ReplayBuffer?, _ stream: RandomStream) throws -> EndPoints? {
    guard let buffer, !buffer.isEmpty else { return nil }
    try buffer.draw(
      0..<count, stream.folding(.replay), into: x, logDensity: values, conditions: conditions)
    return EndPoints(x: x, logDensity: values, conditions: conditions.map { UnsafePointer($0) })
  }

  /// Searches near a batch of remembered points.
  private func explore(_ stream: RandomStream, _ poll: () throws -> Void) throws {
    guard let search, let starts = try draw(from: visited, stream) else { return }
    let result = try search.run(
      from: Points(
        starts.x, count: count, dimension: density.dimension, conditions: starts.conditions),
      stream: stream, poll: poll)
    density.count(energyCalls: result.energyCalls, gradientCalls: result.gradientCalls)
    found?.insert(result.points, logDensity: result.logDensity)
  }
}
