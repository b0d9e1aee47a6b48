import Catalogs
import Densities
import Kernels
import Samplers
import Storage
import Training

/// Several methods on one problem, judged by figures of their own: what the rows of one experiment cannot say.
public struct Study: Sendable {
  /// What users type.
  public let name: String
  /// One sentence.
  public let summary: String
  /// Sources.
  public let references: [Reference]
  /// Whether users may set something of it.
  public let takesSettings: Bool
  private let body: @Sendable (StudyDesk) throws -> StudyTable

  init(
    _ name: String, _ summary: String, references: [Reference], takesSettings: Bool = false,
    _ body: @escaping @Sendable (StudyDesk) throws -> StudyTable
  ) {
    (self.name, self.summary, self.references, self.body) = (name, summary, references, body)
    self.takesSettings = takesSettings
  }

  /// Trains and judges everything; what is in the folder already is not trained again.
  /// - Throws: `ConfigError`, `StorageError`, and what stops a run.
  public func callAsFunction(_ desk: StudyDesk) throws -> StudyTable { try body(desk) }
}

/// Where a study works, and whom it tells.
public final class StudyDesk {
  /// How much time it may take.
  public let preset: Preset
  /// Where runs, pictures and tables go.
  public let folder: String
  /// Decides every random number.
  public let seed: UInt64
  /// What the user set.
  let settings: JSONValue
  let pool: ThreadPool
  /// Called often; what it throws ends the study.
  let poll: () throws -> Void
  private let listen: (Run) -> any TrainingListener
  private let tell: (String) -> Void

  /// - Parameters:
  ///   - settings: What the user sets of a study that takes settings.
  ///   - listen: Makes the listener of a run that is trained.
  ///   - tell: Told in a line what is done next.
  ///   - poll: Called often; what it throws ends the study.
  public init(
    _ preset: Preset, folder: String, seed: UInt64, pool: ThreadPool,
    settings: JSONValue = .object(JSONObject()),
    listen: @escaping (Run) -> any TrainingListener, tell: @escaping (String) -> Void,
    poll: @escaping () throws -> Void = {}
  ) {
    (self.preset, self.folder, self.seed, self.pool) = (preset, folder, seed, pool)
    (self.settings, self.listen, self.tell, self.poll) = (settings, listen, tell, poll)
  }

  /// Says what is done next.
  func say(_ line: String) { tell(line) }

  /// Trains a run in a folder of its own, from its checkpoint where it has one.
  func train(
    _ name: String, _ density: NamedDensity, _ config: RunConfig
  ) throws -> StudyRun {
    var config = config
    (config.seed, config.out, config.resume) = (seed, folder + "/" + name, true)
    let run = try Run(density, config: config, pool: pool)
    let time = try TrainingTime(of: run, in: config.out)
    if run.stepsDone < config.steps {
      say("\(name): \(config.steps) steps" + (run.stepsDone > 0 ? ", \(run.stepsDone) done" : ""))
      try time.train(run, listen(run))
    }
    return StudyRun(run: run, seconds: time.seconds)
  }
}

/// A trained run, and how long that took.
struct StudyRun {
  let run: Run
  let seconds: Double
}

/// The studies that can be made again.
public let studies: [Study] =
  digitsStudies + captionsStudies + energyStudies + decisionsStudies + textStudies
  + inverseStudies

/// The rows of a study.
public struct StudyTable: Sendable {
  /// One method.
  public struct Row: Sendable {
    /// What it is.
    public let label: String
    /// A number for each column, nil where it has none.
    public let values: [Double?]
  }

  /// The heading.
  public let title: String
  /// What the numbers are.
  public let columns: [String]
  /// The rows.
  public var rows: [Row]
  /// What readers should know, a sentence each.
  public let notes: [String]

  /// The table as one object.
  public var json: JSONValue {
    [
      "title": .string(title),
      "rows": .array(
        rows.map { row in
          let figures = zip(columns, row.values).map { ($0, $1.map { JSONValue($0) } ?? .null) }
          return ["label": .string(row.label), "figures": .object(JSONObject(figures))]
        }), "notes": .array(notes.map { .string($0) }),
    ]
  }
}
