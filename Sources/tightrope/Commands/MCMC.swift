import ArgumentParser
import Catalogs
import Chains
import Densities
import Reports
import Storage

/// Draws from a density without training.
struct MCMC: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mcmc",
    abstract: "Draw from a density without training: the baseline to compare with.",
    discussion: """
      Examples:
        tightrope mcmc funnel --method hmc --chains 8 --out draws.npy
        tightrope mcmc 25gmm --method parallel-tempering --energy-calls 2000000
        tightrope mcmc many-well --method smc --draws 2000 --set sweeps=10 --json

      Markov chains (hmc, mala, random-walk, stretch, parallel-tempering) learn their step sizes, \
      widths and temperatures in the warm-up only. Particles (smc, ais) go from a Gaussian to the \
      density and estimate log Z; there --chains are repeats, and --draws the particles of each. \
      'tightrope describe hmc' shows the settings of a method.

      With --energy-calls, as many steps are done as these evaluations of log rho allow, shared out \
      between warm-up and draws as --warm-up and --draws are: for comparisons at equal cost.

      --set takes the settings of the method, thin (steps from one kept draw to the next), \
      start_deviation (of the Gaussian around the origin from which chains set out) and, for a \
      density of conditions, condition (its number).

      The file is a NumPy array of float32, [chains, draws, dimension].

      --json prints one object: 'metrics', a list of figures with verdicts; r_hat, bulk_ess, \
      tail_ess, mean, standard_deviation and standard_error of each coordinate; 'config', \
      'acceptance', 'checksum', 'energy_calls', 'gradient_calls', 'seconds'.
      """)

  @OptionGroup var source: DensityOptions

  @Option(
    help: ArgumentHelp(
      "How to draw: 'tightrope list methods'. (default: hmc with a score, else random-walk)",
      valueName: "name"), completion: .list(chainMethods.names))
  var method: String?

  @Option(help: ArgumentHelp("Independent chains. (default: 4)", valueName: "count"))
  var chains: Int?

  @Option(help: ArgumentHelp("Kept draws of each chain. (default: 1000)", valueName: "count"))
  var draws: Int?

  @Option(
    help: ArgumentHelp("Steps of each chain before the first. (default: 1000)", valueName: "count"))
  var warmUp: Int?

  @Option(help: ArgumentHelp("Evaluations of log rho to spend in all.", valueName: "count"))
  var energyCalls: Int?

  @Option(help: ArgumentHelp("Decides every random number. (default: 0)", valueName: "number"))
  var seed: UInt64?

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("A setting, such as thin=10 or leapfrog_steps=16.", valueName: "key=value"))
  var settings: [String] = []

  @Option(help: ArgumentHelp("File for the points, .npy.", valueName: "file"))
  var out: String?

  @OptionGroup var threading: ThreadOptions

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func validate() throws { try validateOutput(out, endings: [".npy"]) }

  func run() throws {
    Interruption.endProcess()
    let density = try source.open()
    let pool = threading.pool()
    let begin = ContinuousClock.now
    let overrides = try overrides()
    let result = try announcing("drawing") {
      try drawChains(from: density.density, overrides: overrides, pool: pool)
    }
    let diagnostics = result.diagnostics(pool: pool)
    let time = seconds(ContinuousClock.now - begin)
    if let out { try result.writePoints(to: out) }
    guard json else { return try table(result, density).print() }
    var tree = try result.report(diagnostics).object ?? JSONObject()
    tree["density"] = density.description
    tree["seconds"] = JSONValue(time)
    tree["out"] = out.map { .string($0) } ?? .null
    tree["environment"] = environmentReport(pool)
    try printDocument(.object(tree))
  }

  private func table(_ result: ChainDraws, _ density: NamedDensity) -> EvaluationTable {
    let method = result.config["method"]?.string ?? ""
    let size = "\(counted(result.chains, "chain")) of \(counted(result.draws, "draw"))"
    return EvaluationTable(
      result.metrics(result.diagnostics()), "\(density.name) by \(method): \(size)",
      notes: [
        "\(grouped(result.energyCalls)) energy calls, \(grouped(result.gradientCalls)) gradient calls",
        "acceptance \(figure(result.info.acceptance))", "checksum of the draws: \(result.checksum)",
      ] + (out.map { ["written to \($0)"] } ?? []))
  }

  private func overrides() throws -> JSONValue {
    var tree = try naming("--set") { try JSONValue(settings: settings).object ?? JSONObject() }
    if let method { tree["method"] = .string(method) }
    let counts = [
      ("chains", chains), ("draws", draws), ("warm_up", warmUp), ("energy_calls", energyCalls),
    ]
    for case (let key, let value?) in counts { tree[key] = .integer(Int64(value)) }
    if let seed { tree["seed"] = try ConfigEncoder().encode(seed) }
    return .object(tree)
  }
}
