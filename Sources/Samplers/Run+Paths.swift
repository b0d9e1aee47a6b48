import Densities
import Kernels
import Storage

/// Where some paths are at some times.
public struct PathStates: Sendable {
  /// From 0 or soon after it to 1, rising.
  public let times: [Double]
  /// The states, time by time, [times, count, D].
  public let x: [Float]
  /// Number of paths.
  public let count: Int
  /// D.
  public let dimension: Int
}

extension Run {
  /// Follows the paths of draws: at time 1 they are those that `sample` draws with the same seed.
  ///
  /// Times are the ends of the process's stages, one in 25 of its steps, and 0 where all paths begin at the
  /// origin.
  /// - Throws: `ConfigError` for a run that is not of paths, or of a conditional density; what `poll` throws.
  public func paths(
    _ count: Int, seed: UInt64, steps: Int = 0, poll: () throws -> Void = {}
  ) throws -> PathStates {
    guard let sampler = sampler as? PathSampler, sampler.model.conditions == nil else {
      throw ConfigError.invalid(
        path: "method", reason: "paths are those of runs of the method 'paths' without conditions")
    }
    try ConfigError.require((0...100_000).contains(steps), "steps", "it must be from 0 to 100000")
    let d = density.density.dimension
    let paths = PathEnds(
      sampler.model, CountedDensity(density.density), steps: steps == 0 ? nil : steps, pool: pool)
    let settings = SimulationSettings(
      stream: RandomStream(seed: seed).folding(.sampling), nonFinite: config.nonFinite)
    var states = [Float](repeating: 0, count: count * d)
    var ratios = [Double](repeating: 0, count: count)
    var (times, x): ([Double], [Float]) = sampler.model.hasRandomStart ? ([], []) : ([0], states)
    for stage in 0..<paths.stages {
      try states.withUnsafeMutableBufferPointer { states in
        try ratios.withUnsafeMutableBufferPointer { ratios in
          guard let states = states.baseAddress, let ratios = ratios.baseAddress else { return }
          try paths.run(
            stage: stage, count, settings, states: states, logRatios: ratios, poll)
        }
      }
      times.append(paths.end(of: stage).time)
      x += states
    }
    return PathStates(times: times, x: x, count: count, dimension: d)
  }
}
