import Densities
import Kernels
import Storage

extension Run {
  /// Loads a saved run from a file or a run folder.
  /// - Parameters:
  ///   - path: The file or folder.
  ///   - density: Needed where the run learned a density of the user's; otherwise checked.
  ///   - toDrawOnly: Whether a function of the user's may be absent: the run then draws points, without their
  ///     weights, and can do nothing else.
  ///   - overrides: New values of keys that may change, such as `steps`.
  /// - Throws: `StorageError` for a missing or damaged file, `ConfigError` for what does not fit.
  public static func load(
    _ path: String, density: NamedDensity? = nil, toDrawOnly: Bool = false,
    overrides: JSONValue = .object(JSONObject()), pool: ThreadPool = .shared
  ) throws -> Run {
    let folder = RunFolder(path: path)
    let file = try directoryExists(path) ? folder.read() : RunFile(readingFrom: path)
    var saved = file.config
    saved.out = directoryExists(path) ? path : ""
    let config = try resolve(saved, overrides: overrides)
    if toDrawOnly, density == nil, file.density.name == NamedDensity.customName {
      return try withoutDensity(file, config, path, pool)
    }
    let named = try density ?? reopen(file.density, path)
    try file.requireSame(config, named)
    let run = try Run(fresh: named, config: config, prior: file.prior(), pool: pool)
    try run.restore(file)
    return run
  }

  /// The run of a function that is not here, if its networks do not ask the function on their way.
  private static func withoutDensity(
    _ file: RunFile, _ config: RunConfig, _ path: String, _ pool: ThreadPool
  ) throws -> Run {
    let absent = NamedDensity(custom: AbsentDensity(dimension: file.density.dimension))
    do {
      let run = try Run(fresh: absent, config: config, prior: file.prior(), pool: pool)
      try run.restore(file)
      return run
    } catch is ConfigError, is StorageError {
      throw ConfigError.invalid(
        path: "density",
        reason: "'\(path)' was trained on a function, which its sampler asks for scores or "
          + "conditions; only a program that has the function can draw from it")
    }
  }

  private static func reopen(
    _ saved: RunFile.SavedDensity, _ path: String
  ) throws -> NamedDensity {
    guard saved.name != NamedDensity.customName else {
      throw ConfigError.invalid(
        path: "density",
        reason: "'\(path)' was trained on a function of dimension \(saved.dimension), which is "
          + "needed here; a run that is loaded in Python or C is given it again")
    }
    return try NamedDensity(saved.name, config: saved.config)
  }
}
