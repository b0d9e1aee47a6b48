import Densities
import Kernels
import Storage

extension Run {
  /// Loads a saved run from a file or a run folder.
  /// - Parameters:
  ///   - path: The file or folder.
  ///   - density: Needed where the run learned a density of the user's; otherwise checked.
  ///   - overrides: New values of keys that may change, such as `steps`.
  /// - Throws: `StorageError` for a missing or damaged file, `ConfigError` for what does not fit.
  public static func load(
    _ path: String, density: NamedDensity? = nil,
    overrides: JSONValue = .object(JSONObject()), pool: ThreadPool = .shared
  ) throws -> Run {
    let folder = RunFolder(path: path)
    let file = try directoryExists(path) ? folder.read() : RunFile(readingFrom: path)
    var saved = file.config
    saved.out = directoryExists(path) ? path : ""
    let config = try resolve(saved, overrides: overrides)
    let named = try density ?? reopen(file.density, path)
    try file.requireSame(config, named)
    let run = try Run(fresh: named, config: config, prior: file.prior(), pool: pool)
    try run.restore(file)
    return run
  }

  private static func reopen(
    _ saved: RunFile.SavedDensity, _ path: String
  ) throws -> NamedDensity {
    guard saved.name != NamedDensity.customName else {
      throw ConfigError.invalid(
        path: "density",
        reason: "'\(path)' was trained on a function of dimension \(saved.dimension); pass it again"
      )
    }
    return try NamedDensity(saved.name, config: saved.config)
  }
}
