import ArgumentParser
import Reports
import Samplers
import Storage

/// Writes a page about a trained sampler.
struct Report: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write one HTML page about a trained sampler.",
    discussion: """
      Examples:
        tightrope report runs/25gmm
        tightrope report runs/25gmm --out report.html --samples 50000

      The page holds the verdicts in words, the curves of training, what is drawn beside exact samples \
      where there are any, the modes, the importance weights, the configuration and the checksums. It \
      needs no other file and no network.

      Without --out it is written beside the checkpoint as report.html.
      """)

  @OptionGroup var saved: SavedRun

  @Option(help: ArgumentHelp("The page. (default: report.html beside the run)", valueName: "file"))
  var out: String?

  @Option(help: ArgumentHelp("Points to judge it by. (default: 10000)", valueName: "count"))
  var samples: Int?

  @Option(help: ArgumentHelp("Decides every random number. (default: 1)", valueName: "number"))
  var seed: UInt64?

  @OptionGroup var threading: ThreadOptions

  func validate() throws { try validateOutput(out) }

  func run() throws {
    Interruption.endProcess()
    let pool = threading.pool()
    let run = try saved.open(pool)
    var overrides = JSONObject()
    if let samples { overrides["samples"] = .integer(Int64(samples)) }
    if let seed { overrides["seed"] = try ConfigEncoder().encode(seed) }
    let report = try announcing("evaluating") {
      try RunReport(run, overrides: .object(overrides), provenance: provenanceReport(pool))
    }
    let path = out ?? saved.folder + "/report.html"
    try writeAtomically(report.html, to: path)
    try printLine(path)
  }
}
