import ArgumentParser
import Experiments
import Kernels
import Reports
import Storage

/// Compares methods on densities at the same number of density evaluations.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare methods on densities at equal energy calls.",
    discussion: """
      Examples:
        tightrope bench suite.toml --out runs/suite
        tightrope bench suite.toml --out runs/suite --resume
        tightrope bench suite.toml --out runs/suite --shard 3/8
        tightrope bench --merge runs/suite --out runs/suite

      A suite file:
        name = "two wells"
        energy_calls = 1000000
        seeds = 3
        densities = ["25gmm", "banana"]

        [[methods]]
        name = "TB + LP"
        kind = "train"
        settings = { objective = "trajectory-balance" }

        [[methods]]
        name = "MALA"
        kind = "chains"
        settings = { method = "mala", chains = 16 }

      A density may be a table with 'name', 'label' and 'settings'.
      Settings of trained samplers are those of 'tightrope train'; the number of steps follows from the \
      budget. Settings of chains are those of 'tightrope mcmc'. 'settings_for' of a method holds further ones \
      for densities, by their labels.

      Each method, density and seed is a cell. Each cell runs in a process of its own, so that its \
      peak memory is its own; its line is added to results.jsonl as soon as it is done. leaderboard.md and \
      leaderboard.html follow from all results*.jsonl in the folder, so shards that wrote to the same \
      folder are merged by themselves, and others by --merge.

      Ctrl-C stops within a second; with --resume, cells that are done are not done again.

      --json prints one object: 'rows', a list with a row for each cell, as in results.jsonl.
      """)

  @Argument(help: ArgumentHelp("The suite: a TOML file.", valueName: "file"))
  var suite: String?

  @Option(help: ArgumentHelp("Folder of results and leaderboard.", valueName: "folder"))
  var out: String

  @Option(
    help: ArgumentHelp(
      "Only the i-th of n parts of the cells, i from 1 to n; it writes a results file of its own.",
      valueName: "i/n"))
  var shard: Shard?

  @Flag(help: "Go on: leave out cells that are done.")
  var resume = false

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Only make the leaderboard, from all results*.jsonl in these folders.", valueName: "folder"))
  var merge: [String] = []

  @OptionGroup var threading: ThreadOptions

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  @Flag(help: "No progress.")
  var quiet = false

  @Option(name: .customLong("cell"), help: .hidden)
  var cell: Int?

  func validate() throws {
    guard suite != nil || !merge.isEmpty else {
      throw ValidationError("name a suite file, or folders to --merge")
    }
  }

  func run() throws {
    let files = SuiteFiles(folder: out)
    guard let suite else {
      return try files.writeLeaderboard(
        title: out, rows: merge.flatMap { try SuiteFiles(folder: $0).rows() }, asJSON: json)
    }
    let config = try naming(suite) { try SuiteConfig(JSONValue(readingTOML: suite)) }
    if let cell { return try runCell(cell, of: config) }
    Interruption.becomeRequests()
    let file = files.results(shard)
    guard resume || !fileExists(file) else {
      throw UsageError("'\(file)' is there already: add --resume to go on, or choose another --out")
    }
    try runCells(of: config, files, file)
    try files.writeLeaderboard(title: config.name, rows: files.rows(), asJSON: json)
  }

  private func runCells(of config: SuiteConfig, _ files: SuiteFiles, _ file: String) throws {
    let cells = config.cells
    let mine = cells.indices.filter { shard?.holds($0) ?? true }
    let done = Set(try files.rows().map(\.key))
    for (number, index) in mine.enumerated() where !done.contains(cells[index].key) {
      let cell = cells[index]
      try Interruption.check()
      say(
        "\(number + 1) of \(mine.count): \(cell.density.shown), \(cell.method.name), "
          + "seed \(cell.seed)")
      try files.append(CellProcess(arguments: arguments(of: index)).run(), to: file)
    }
  }

  /// This program, for one cell.
  private func arguments(of index: Int) -> [String] {
    var words = ["bench", suite ?? "", "--out", out, "--cell", "\(index)"]
    if let threads = threading.threads { words += ["--threads", "\(threads)"] }
    return words
  }

  /// What the process of a cell does: it prints its row.
  private func runCell(_ index: Int, of config: SuiteConfig) throws {
    Interruption.endProcess()
    guard config.cells.indices.contains(index) else {
      throw UsageError("there is no cell \(index)")
    }
    let pool = threading.pool()
    var row = try config.cells[index].run(pool: pool)
    row.provenance = provenanceReport(pool)
    row.peakMemory = peakMemory()
    try printDocument(ConfigEncoder().encode(row))
  }

  private func say(_ line: String) { if !quiet { tell(line) } }
}

/// One of several equal parts of a list.
struct Shard: ExpressibleByArgument {
  let index: Int
  let count: Int

  /// Reads "3/8".
  init?(argument: String) {
    let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let index = parts[0], let count = parts[1], (1...count).contains(index)
    else { return nil }
    (self.index, self.count) = (index, count)
  }

  /// Whether the part holds an element of the list.
  func holds(_ element: Int) -> Bool { element % count == index - 1 }
}
