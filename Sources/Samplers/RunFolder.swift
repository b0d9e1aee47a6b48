import Densities
import Storage
import Training

/// The folder of a run: `config.json`, `metrics.jsonl`, `checkpoint.safetensors`, and the checkpoint before
/// that, `checkpoint.previous.safetensors`; after a failure of numbers also `failure.json`.
public struct RunFolder: Sendable {
  /// Where it is.
  public let path: String

  /// Names a folder; nothing is made yet.
  public init(path: String) { self.path = path }

  /// The file with the latest checkpoint.
  public var checkpoint: String { path + "/checkpoint.safetensors" }
  /// The file with the checkpoint before the latest.
  public var previous: String { path + "/checkpoint.previous.safetensors" }
  /// The checkpoint to go on from: the one before the latest where a crash left no other.
  public var newest: String {
    fileExists(checkpoint) || !fileExists(previous) ? checkpoint : previous
  }
  var metrics: String { path + "/metrics.jsonl" }
  var configuration: String { path + "/config.json" }

  /// Whether there is something to go on from.
  public var hasCheckpoint: Bool { fileExists(newest) }

  /// The right to train in it, for as long as the lock lives; the folder is made where there is none.
  /// - Throws: `StorageError.inUse` where another run has the right.
  func lock() throws -> FolderLock {
    try createDirectory(path, intermediate: true)
    return try FolderLock(path)
  }

  /// Reads the newest checkpoint; of a damaged one, the error says which other there is.
  func read() throws -> RunFile {
    do {
      return try RunFile(readingFrom: newest)
    } catch let error as StorageError where newest == checkpoint && fileExists(previous) {
      throw DamagedCheckpoint(error: error, previous: previous)
    }
  }

  /// Makes the folder and writes the configuration and the history so far.
  func begin(_ config: RunConfig, _ density: NamedDensity, _ history: [StepReport]) throws {
    try createDirectory(path, intermediate: true)
    let encoder = ConfigEncoder()
    let tree: JSONValue = [
      "density": ["name": .string(density.name), "config": density.config],
      "run": try encoder.encode(config),
    ]
    try writeAtomically(tree.pretty + "\n", to: configuration)
    let lines = try history.map { try encoder.encode($0).compact + "\n" }
    try writeAtomically(lines.joined(), to: metrics)
  }

  /// Adds a line to the metrics.
  func append(_ report: StepReport) throws {
    try JSONLinesWriter(metrics).append(ConfigEncoder().encode(report))
  }
}

/// A checkpoint that cannot be read while the one before it is there.
public struct DamagedCheckpoint: Error, CustomStringConvertible {
  /// What is wrong with it.
  public let error: StorageError
  /// The one before it.
  public let previous: String

  /// One sentence for the user.
  public var description: String {
    "\(error); the checkpoint before it is '\(previous)': rename it to go on from there"
  }
}
