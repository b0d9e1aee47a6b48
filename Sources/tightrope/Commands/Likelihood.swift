import ArgumentParser
import Densities
import Metrics
import Reports
import Samplers
import Storage

/// Judges a trained sampler by the likelihood of points.
struct Likelihood: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tell how likely points are under a trained sampler.",
    discussion: """
      Examples:
        tightrope likelihood runs/gmm
        tightrope likelihood runs/gmm --set flow=own
        tightrope likelihood runs/lj13 --points reference.npy --set divergence=hutchinson

      Paths have no likelihood of their ends that can be told. So a flow is fitted to draws of the \
      sampler (conditional flow matching); for energy matching, 'flow=own' takes the probability \
      flow of the learned score instead. The figures are the negative log-likelihood of the points \
      of a file, or of exact samples where the density has any, and those of the importance weights \
      of the flow's own draws.

      --set takes flow, draws (that a flow is fitted to), samples, divergence (exact or hutchinson), \
      tolerance, maximum_steps, seed, and matching.KEY: steps, batch_size, noise_deviation, pairing \
      (independent or transport), network.KEY and optimizer.KEY.

      --json prints one object as 'evaluate' does.
      """)

  @OptionGroup var saved: SavedRun

  @Option(help: ArgumentHelp("Points of the density, .npy, [n, dimension].", valueName: "file"))
  var points: String?

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("A setting, such as matching.steps=5000.", valueName: "key=value"))
  var settings: [String] = []

  @OptionGroup var threading: ThreadOptions

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  @Flag(help: "No progress.")
  var quiet = false

  func run() throws {
    Interruption.endProcess()
    let overrides = try naming("--set") {
      let tree = try JSONValue(settings: settings)
      _ = try resolve(LikelihoodConfig(), overrides: tree)
      return tree
    }
    let pool = threading.pool()
    let run = try saved.open(pool)
    let given = try points.map { try readPoints($0, dimension: run.density.density.dimension) }
    let begin = ContinuousClock.now
    let evaluation = try announcing("following the flow", unless: quiet) {
      try run.likelihood(of: given, overrides: overrides)
    }
    guard json else { return try EvaluationTable(evaluation, of: run, at: saved.run).print() }
    var tree = try ConfigEncoder().encode(evaluation).object ?? JSONObject()
    tree["run"] = .string(saved.run)
    tree["density"] = run.density.description
    tree["seconds"] = JSONValue(seconds(ContinuousClock.now - begin))
    tree["environment"] = environmentReport(pool)
    try printDocument(.object(tree))
  }
}
