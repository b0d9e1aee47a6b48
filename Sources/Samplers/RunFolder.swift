import Densities
import Storage
import Training

/// The folder of a run: `config.json`, `metrics.jsonl`, `checkpoint.safetensors`.
public struct RunFolder: Sendable {
  /// Where it is.
  public let path: String

  /// Names a folder; nothing is made yet.
  public init(path: String) { self.path = path }

  /// The file with the latest checkpoint.
  public var checkpoint: String { path + "/checkpoint.safetensors" }
  var metrics: String { path + "/metrics.jsonl" }
  var configuration: String { path + "/config.json" }

  /// Whether there is something to go on from.
  public var hasCheckpoint: Bool { fileExists(checkpoint) }

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
