import ArgumentParser
import Chains
import Densities
import Reports
import Samplers
import Storage

/// Draws from a trained sampler.
struct Sample: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw independent points from a trained sampler.",
    discussion: """
      Examples:
        tightrope sample runs/25gmm -n 10000 --seed 1 --out draws.npy
        tightrope sample runs/25gmm --out draws.npy --weights weights.npy
        tightrope sample runs/25gmm --exact importance --out exact.npy
        tightrope sample runs/lj13 --exact chains --moves 2000 --out refined.npy
        tightrope sample runs/25gmm -n 1000 | column -s, -t | less
        tightrope sample runs/digits -n 100 --png digits.png --out digits.npy

      The kind of a file is that of its name: .npy for a NumPy array of float32 with one row a \
      point, .csv for text with the columns x0, x1, ..., log_weight, log_density. An existing file \
      is replaced, at once and as a whole.
      Without --out or --json the text goes to standard output; a terminal shows the first \
      \(terminalRows) rows.

      The log-weight of a point is log density + log P_B - log P_F of its path: importance weights \
      that correct what the sampler has not learned. The same seed gives the same points, and the \
      first n of more points are the same. A run on a function of yours, trained in Python or C, gives \
      points without log-weights, unless its network asks for the function's score.

      --exact gives points that have the density as their limit, whatever the sampler has not \
      learned: 'importance' keeps points by weight, 'independence' makes chains with points as \
      proposals, 'smc' weights and resamples paths on their way. Weights whose tail is too heavy for \
      that are refused. 'chains' needs no weights: each point is moved on by --moves steps of a \
      Markov chain along the score, which counts as so many energy calls.

      --json prints one object: 'checksum' of points and log-weights, 'parameters' (checksum of \
      the parameters), 'count', 'dimension', 'energy_calls', 'gradient_calls', 'seconds'.
      """)

  private static let terminalRows = 20

  @OptionGroup var saved: SavedRun

  @Option(name: [.customShort("n"), .long], help: ArgumentHelp("Number of points."))
  var count = 10_000

  @Option(help: ArgumentHelp("Decides every random number.", valueName: "number"))
  var seed: UInt64 = 1

  @Option(
    help: ArgumentHelp("Steps of a path; as many as in training unless given.", valueName: "count"))
  var steps: Int?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Of a conditional density, the conditions that points go with, by turns; those that it is "
        + "judged on unless given.", valueName: "number"))
  var conditions: [Int] = []

  @Option(
    help: ArgumentHelp(
      "Make points exact: importance, independence, smc or chains.", valueName: "method"))
  var exact: RefinementMethod?

  @Option(
    help: ArgumentHelp("Steps of a chain from each point, with --exact chains.", valueName: "count")
  )
  var moves: Int?

  @Option(help: ArgumentHelp("File for the points, .npy or .csv.", valueName: "file"))
  var out: String?

  @Option(
    help: ArgumentHelp(
      "File for the log-weights alone, .npy (float64) or .csv.", valueName: "file"))
  var weights: String?

  @Option(
    help: ArgumentHelp(
      "File for a picture of the points, square images from -1 to 1.", valueName: "file"))
  var png: String?

  @OptionGroup var threading: ThreadOptions

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  @Flag(help: "Say nothing of files written.")
  var quiet = false

  func validate() throws {
    if exact != nil, !conditions.isEmpty || weights != nil {
      throw ValidationError("--exact goes with neither --conditions nor --weights")
    }
    guard moves == nil || exact == .chains else {
      throw ValidationError("--moves goes with --exact chains only")
    }
    guard (1...100_000_000).contains(count) else {
      throw ValidationError("--count must be from 1 to 100000000, not \(count)")
    }
    if let steps, !(1...100_000).contains(steps) {
      throw ValidationError("--steps must be from 1 to 100000, not \(steps)")
    }
    for (option, path) in [("--out", out), ("--weights", weights)] {
      try validateOutput(path, as: option, endings: [".npy", ".csv"])
    }
    try validateOutput(png, as: "--png")
  }

  func run() throws {
    Interruption.endProcess()
    let pool = threading.pool()
    let run = try saved.open(pool, toDrawOnly: exact == nil && weights == nil)
    let begin = ContinuousClock.now
    let refined = try announcing("drawing") { try exactDraws(run) }
    let draws = try refined.map { Draws($0) } ?? announcing("drawing") { try plainDraws(run) }
    let time = seconds(ContinuousClock.now - begin)
    try write(draws)
    try paint(draws)
    if json {
      try printDocument(try report(run, draws, refined, seconds: time, environmentReport(pool)))
    } else if out == nil, png == nil {
      try printRows(draws)
    } else if !quiet {
      try summarize(draws, seconds: time)
    }
  }

  private func plainDraws(_ run: Run) throws -> Draws {
    var config = SamplingConfig()
    (config.steps, config.conditions) = (steps ?? 0, conditions)
    return try run.sample(count, seed: seed, config)
  }

  private func exactDraws(_ run: Run) throws -> ChainDraws? {
    guard let exact else { return nil }
    var config = RefinementConfig()
    (config.method, config.steps) = (exact, steps ?? 0)
    config.moves = moves ?? config.moves
    return try run.refine(count, seed: seed, config)
  }

  private func write(_ draws: Draws) throws {
    if let out {
      if out.hasSuffix(".csv") {
        try writeAtomically(DrawsText(draws).whole, to: out)
      } else {
        try draws.writePoints(to: out)
      }
    }
    if let weights {
      if weights.hasSuffix(".csv") {
        let lines = draws.logWeights.map { "\($0)\n" }
        try writeAtomically("log_weight\n" + lines.joined(), to: weights)
      } else {
        try StoredArray(draws.logWeights).writeNPY(to: weights)
      }
    }
  }

  private func paint(_ draws: Draws) throws {
    guard let png else { return }
    guard let sheet = ImageSheet(square: draws.x, dimension: draws.dimension) else {
      throw UsageError(
        "points of \(draws.dimension) numbers are no square images",
        help: "tightrope sample --help")
    }
    try sheet.picture().write(to: png)
  }

  private func printRows(_ draws: Draws) throws {
    let text = DrawsText(draws)
    let rows = Terminal.output.isInteractive ? min(Self.terminalRows, draws.count) : draws.count
    try emit(text.heading)
    for first in stride(from: 0, to: rows, by: 1000) {
      try emit(text.rows(first..<min(first + 1000, rows)))
    }
    if rows < draws.count {
      let rest = counted(draws.count - rows, "more row")
      tell("... and \(rest); use --out or a pipe to get them all")
    }
  }

  private func summarize(_ draws: Draws, seconds: Double) throws {
    var table = Table([.left, .left])
    if let out { table.append("points", "\(out)  [\(draws.count), \(draws.dimension)]") }
    if let png { table.append("picture", png) }
    if let weights { table.append("log-weights", "\(weights)  [\(draws.count)]") }
    if !draws.isWeighted {
      table.append("log-weights", "not known: the density is a function that is not here")
    }
    table.append("checksum", draws.checksum)
    table.append("energy calls", grouped(draws.energyCalls))
    try printLine(
      Terminal.output.bold("Drew \(counted(draws.count, "point")) in \(duration(seconds))."))
    for line in table.lines() { try printLine("  " + line) }
  }

  private func report(
    _ run: Run, _ draws: Draws, _ refined: ChainDraws?, seconds: Double, _ environment: JSONValue
  ) throws -> JSONValue {
    [
      "exact": try refined.map { try $0.report($0.diagnostics()) } ?? .null,
      "run": .string(saved.run), "density": run.density.description,
      "count": .integer(Int64(draws.count)), "dimension": .integer(Int64(draws.dimension)),
      "seed": try ConfigEncoder().encode(seed), "checksum": .string(draws.checksum),
      "parameters": .string(run.checksum), "energy_calls": .integer(Int64(draws.energyCalls)),
      "gradient_calls": .integer(Int64(draws.gradientCalls)), "seconds": JSONValue(seconds),
      "out": out.map { .string($0) } ?? .null,
      "png": png.map { .string($0) } ?? .null, "weights": weights.map { .string($0) } ?? .null,
      "environment": environment,
    ]
  }
}

extension RefinementMethod: ExpressibleByArgument {}
