import ArgumentParser
import Chains
import Densities
import Metrics
import Storage

/// Makes checked reference draws.
struct MakeReference: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reference",
    abstract: "Make long, checked chains that stand in for exact samples of a density.",
    discussion: """
      Examples:
        tightrope reference logistic-regression --out logistic.npy
        tightrope reference many-well -n 20000 --set temperatures=12 --out wells.npy
        tightrope reference ring --method hmc --set thin=50 --out ring.npy
        tightrope reference lj55 --set thin=100 --set leapfrog_steps=16 --out lj.npy

      Half the chains set out from a Gaussian of --set start_deviation, half from one that is \
      overdispersion times as wide. They must agree in every coordinate and in log rho (R-hat at \
      most 1.05), be worth 100 independent draws, and, where there is a score, have the virial \
      E[-x . grad log rho] = D. Where a check fails, nothing is written but with --force.

      The file is a NumPy array of float32, [draws, dimension]; beside it, a file of the same name \
      that ends in .json keeps settings, seeds and figures.

      --set takes chains (of each half), thin, warm_up, start_deviation, overdispersion, and the \
      settings of the method.
      """)

  @OptionGroup var source: DensityOptions

  @Option(name: [.customShort("n"), .long], help: ArgumentHelp("Draws to keep."))
  var count = 10_000

  @Option(
    help: ArgumentHelp(
      "How chains move: 'tightrope list methods'. (default: hmc for particles, else "
        + "parallel-tempering)", valueName: "name"))
  var method: String?

  @Option(help: ArgumentHelp("Decides every random number.", valueName: "number"))
  var seed: UInt64 = 0

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("A setting, such as thin=50 or temperatures=12.", valueName: "key=value"))
  var settings: [String] = []

  @Option(help: ArgumentHelp("File for the points, .npy.", valueName: "file"))
  var out: String

  @Flag(help: "Write the points even where a check fails.")
  var force = false

  @OptionGroup var threading: ThreadOptions

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func validate() throws { try validateOutput(out, endings: [".npy"]) }

  func run() throws {
    Interruption.endProcess()
    let density = try source.open()
    var tree = try naming("--set") { try JSONValue(settings: settings).object ?? JSONObject() }
    tree["count"] = .integer(Int64(count))
    if let method { tree["method"] = .string(method) }
    tree["seed"] = try ConfigEncoder().encode(seed)
    let pool = threading.pool()
    let draws = try announcing("running chains") {
      try ReferenceDraws(density, overrides: .object(tree), pool: pool)
    }
    let isWritten = draws.pass || force
    if isWritten { try draws.write(to: out) }
    if json {
      try printDocument(draws.report)
    } else {
      let note = isWritten ? "written to \(out)" : "not written"
      try EvaluationTable(draws.checks, "reference draws of \(density.name)", notes: [note]).print()
    }
    guard isWritten else {
      let failed = draws.checks.filter { $0.verdict == .fail }.map(\.name).joined(separator: ", ")
      throw ComputationError(
        message: "the draws fail a check (\(failed)): run longer, or write them with --force")
    }
  }
}
