import Densities
import Kernels
import Samplers
import Storage

/// An experiment with a preset and what the user changed, run seed by seed below a folder.
///
/// Each seed has a folder of its own, with its run and, once it is judged, its result: interrupted, all
/// goes on where it was.
public struct Reproduction: Sendable {
  /// What is run.
  public let experiment: Experiment
  /// With which settings.
  public let preset: Preset
  /// What the user changed of the run's configuration and, below `density`, of the density's.
  public let overrides: JSONValue
  /// Where.
  public let folder: String

  let settings: PresetSettings

  /// Keys that are decided otherwise.
  private static let reserved = ["seed", "out", "resume"]
  /// The key above settings of the density.
  private static let density = "density"

  /// Resolves the settings and checks them.
  /// - Throws: `ConfigError`.
  public init(
    _ experiment: Experiment, _ preset: Preset,
    overrides: JSONValue = .object(JSONObject()), folder: String
  ) throws {
    self.experiment = experiment
    self.preset = preset
    self.overrides = overrides
    self.folder = folder
    for key in Self.reserved where overrides[key] != nil {
      throw ConfigError.invalid(path: key, reason: "an experiment decides it by itself")
    }
    var settings = experiment(preset)
    let entries = overrides.object?.entries ?? []
    settings.density = overrides[Self.density] ?? settings.density
    settings.run = try resolve(
      settings.run,
      overrides: .object(
        JSONObject(entries.filter { $0.key != Self.density }.map { ($0.key, $0.value) })))
    try settings.run.validate()
    self.settings = settings
  }

  /// The folder of a seed.
  public func folder(of seed: UInt64) -> String { "\(folder)/seed-\(seed)" }

  /// The result of a seed that was finished before, nil where there is none.
  /// - Throws: `StorageError` for a damaged file, `ConfigError` where its settings were others.
  public func result(of seed: UInt64) throws -> SeedResult? {
    let path = resultPath(of: seed)
    guard fileExists(path) else { return nil }
    let result: SeedResult
    do {
      let text = String(decoding: try readFile(path), as: UTF8.self)
      result = try ConfigDecoder().decode(SeedResult.self, from: JSONValue(parsing: text))
    } catch let error as StorageError {
      throw error
    } catch {
      throw StorageError.malformed(path: path, format: "result", reason: "\(error)")
    }
    let wanted = try ConfigEncoder().encode(settings)
    if let other = differences(between: result.settings, and: wanted).first {
      throw ConfigError.invalid(
        path: other.path, reason: "'\(path)' was made with another value; name another folder")
    }
    return result
  }

  /// Opens the run of a seed, from its checkpoint where it has one.
  /// - Throws: `ConfigError`, `StorageError`.
  public func open(_ seed: UInt64, pool: ThreadPool = .shared) throws -> SeedRun {
    var config = settings.run
    config.seed = seed
    config.out = folder(of: seed)
    config.resume = true
    if trainsPrior { config.prior.run = folderOfPrior }
    let run = try Run(openDensity(), config: config, pool: pool)
    return try SeedRun(
      run, settings, pathOfResult: resultPath(of: seed), threads: pool.threads)
  }

  func openDensity() throws -> NamedDensity {
    do {
      return try NamedDensity(experiment.density, config: settings.density)
    } catch let error as ConfigError {
      throw error.under(Self.density)
    }
  }

  private func resultPath(of seed: UInt64) -> String { folder(of: seed) + "/result.json" }

  /// In what these settings are not the published ones, a sentence each.
  public var notes: [String] {
    get throws {
      let encoder = ConfigEncoder()
      let paper = experiment(.paper)
      let origin = experiment.isOurs ? "of the preset paper" : "published"
      var notes: [String] = []
      if settings.run.steps != paper.run.steps {
        notes.append(
          "\(preset.rawValue): \(settings.run.steps) of the \(paper.run.steps) iterations \(origin)"
        )
      }
      let others = differences(
        between: try encoder.encode(settings.run), and: try encoder.encode(paper.run))
      for other in others where other.path != "steps" && other.path != "report_every" {
        notes.append(
          "\(preset.rawValue): \(other.path) is \(other.first.compact), "
            + "\(other.second.compact) \(origin)")
      }
      for set in differences(between: settings.density, and: [:]) {
        notes.append("\(preset.rawValue): \(Self.density).\(set.path) is \(set.first.compact)")
      }
      return notes + experiment.deviations
    }
  }
}
