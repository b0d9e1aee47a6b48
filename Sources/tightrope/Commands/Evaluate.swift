import ArgumentParser
import Densities
import Metrics
import Reports
import Samplers
import Storage

/// Judges a trained sampler.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tell how far a trained sampler is to be trusted.",
    discussion: """
      Examples:
        tightrope evaluate runs/25gmm
        tightrope evaluate runs/25gmm --samples 50000 --seed 7
        tightrope evaluate runs/25gmm --set transport_samples=1000 --json

      Each figure has a 95% interval where one is known, the truth where it is known, and the \
      floor: what exact samples would score at the same count. The verdict is ok, warn or fail. \
      'tightrope list metrics' explains the figures.

      --set takes samples, seed, transport_samples (draws for transport distances, up to 5000; the \
      time grows with the cube) and floor_repeats.

      --json prints one object: 'metrics', a list with name, value, low, high, count, truth, floor, \
      verdict and reason; 'checksum' of the draws, 'parameters' (checksum of the parameters), \
      'step', 'energy_calls', 'gradient_calls', 'seconds'. Calls include those of training.
      """)

  @OptionGroup var saved: SavedRun

  @Option(help: ArgumentHelp("Points to draw. (default: 10000)", valueName: "count"))
  var samples: Int?

  @Option(help: ArgumentHelp("Decides every random number. (default: 1)", valueName: "number"))
  var seed: UInt64?

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp(
      "A setting of the evaluation, such as floor_repeats=8.", valueName: "key=value"))
  var settings: [String] = []

  @OptionGroup var threading: ThreadOptions

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func run() throws {
    Interruption.endProcess()
    let overrides = try overrides()
    let pool = threading.pool()
    let run = try saved.open(pool)
    let begin = ContinuousClock.now
    let evaluation = try announcing("evaluating") { try run.evaluate(overrides: overrides) }
    let time = seconds(ContinuousClock.now - begin)
    guard json else { return try EvaluationTable(evaluation, of: run, at: saved.run).print() }
    var tree = try ConfigEncoder().encode(evaluation).object ?? JSONObject()
    tree["run"] = .string(saved.run)
    tree["density"] = run.density.description
    tree["seconds"] = JSONValue(time)
    tree["environment"] = environmentReport(pool)
    try printDocument(.object(tree))
  }

  private func overrides() throws -> JSONValue {
    var tree = try naming("--set") {
      let tree = try JSONValue(settings: settings)
      _ = try resolve(EvaluationConfig(), overrides: tree)
      return tree.object ?? JSONObject()
    }
    if let samples { tree["samples"] = .integer(Int64(samples)) }
    if let seed { tree["seed"] = try ConfigEncoder().encode(seed) }
    return .object(tree)
  }
}
