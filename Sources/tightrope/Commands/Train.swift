import ArgumentParser
import Catalogs
import Densities
import Kernels
import Objectives
import Samplers
import Storage
import Training

/// Trains a sampler.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a sampler for a density.",
    discussion: """
      Examples:
        tightrope train 25gmm --steps 2500 --seed 0 --out runs/25gmm
        tightrope train 25gmm --out runs/25gmm --resume
        tightrope train config.toml --set steps=500 --set network.width=128
        tightrope train gaussian --density-set dimension=10 --out runs/gaussian

      A configuration file holds the keys that --set takes, in TOML:
        density = "25gmm"
        steps = 2500
        out = "runs/25gmm"
        [network]
        width = 128
      A density with settings of its own has a table instead of a name:
        [density]
        name = "gaussian"
        dimension = 10
      --print-config shows every key with its value, as such a file.
      Defaults give way to the file, the file to --set, and --set to the other options.

      Ctrl-C stops within a second. With --out nothing is lost: the same command with --resume goes \
      on, and ends with the bits of a run that was never stopped. A run that is taken up again \
      remembers its settings; what is given must agree, except steps, report_every and \
      checkpoint_every.

      --json prints one object: the run's description with its configuration, 'checksum' of the \
      parameters, 'step', 'energy_calls', 'gradient_calls', 'seconds', 'finished'.
      """)

  @Argument(
    help: ArgumentHelp(
      "Name of a density, or path of a configuration file that ends in .toml.",
      valueName: "density-or-file"), completion: .list(densities.names))
  var subject: String?

  @Option(
    help: ArgumentHelp(
      "Configuration file, where the density is named beside it.", valueName: "file"),
    completion: .file(extensions: ["toml"]))
  var config: String?

  @Option(
    help: ArgumentHelp(
      "How to learn: by paths, or by energy matching, idem or pdem.", valueName: "name"))
  var method: String?

  @Option(
    help: ArgumentHelp("What to minimise; see 'tightrope list objectives'.", valueName: "name"),
    completion: .list(objectives.names))
  var objective: String?

  @Option(help: ArgumentHelp("Training steps in all.", valueName: "count"))
  var steps: Int?

  @Option(help: ArgumentHelp("Decides every random number.", valueName: "number"))
  var seed: UInt64?

  @Option(
    help: ArgumentHelp(
      "Stop after the step in which so many density evaluations are reached.", valueName: "count"))
  var energyCalls: Int?

  @Option(help: ArgumentHelp("Stop after so many seconds.", valueName: "number"))
  var seconds: Double?

  @Option(
    help: ArgumentHelp(
      "Folder for checkpoints and metrics. Without one, nothing is kept.", valueName: "folder"),
    completion: .directory)
  var out: String?

  @Flag(help: "Go on with the run in the --out folder, if there is one.")
  var resume = false

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("A setting of the run, such as network.width=128.", valueName: "key=value"))
  var settings: [String] = []

  @Option(
    name: .customLong("density-set"), parsing: .singleValue,
    help: ArgumentHelp(
      "A setting of the density; see 'tightrope describe'.", valueName: "key=value"))
  var densitySettings: [String] = []

  @OptionGroup var threading: ThreadOptions

  @Flag(help: "Print the complete configuration as TOML, and do not train.")
  var printConfig = false

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  @Flag(help: "No progress and no summary.")
  var quiet = false

  func run() throws {
    let (density, config) = try plan().resolved()
    if printConfig { return try printConfiguration(density, config) }
    let pool = threading.pool()
    let run = try Run(density, config: config, pool: pool)
    let isKept = run.folder != nil
    if !isKept && !quiet {
      tell(
        Terminal.messages.yellow("warning: ")
          + "nothing will be kept; add --out \(suggestedFolder(density)) to keep the run")
    }
    let first = run.stepsDone
    Interruption.becomeRequests()
    let progress = TrainingProgress(run, isQuiet: quiet)
    let stop = try train(run, progress)
    try report(run, pool, from: first, seconds: progress.elapsed, wasStopped: stop != nil)
    if let stop {
      sayHowToGoOn(run)
      throw stop
    }
  }

  private func plan() throws -> TrainingPlan {
    let isFile = subject?.hasSuffix(".toml") ?? false
    if isFile && config != nil {
      throw UsageError("there are two configuration files; leave out --config")
    }
    if let subject, !isFile, !densities.names.contains(subject), fileExists(subject) {
      throw UsageError("'\(subject)' is a file, but not one whose name ends in .toml")
    }
    var options = JSONObject()
    options["method"] = method.map { .string($0) }
    options["objective"] = objective.map { .string($0) }
    options["steps"] = steps.map { .integer(Int64($0)) }
    options["seed"] = try seed.map { try ConfigEncoder().encode($0) }
    options["out"] = out.map { .string($0) }
    options["resume"] = resume ? .bool(true) : nil
    return try TrainingPlan(
      density: isFile ? nil : subject, file: isFile ? subject : config, settings: settings,
      densitySettings: densitySettings, options: options)
  }

  private func printConfiguration(_ density: NamedDensity, _ config: RunConfig) throws {
    try config.validate()
    var table = JSONObject([("name", .string(density.name))])
    for entry in density.config.object?.entries ?? [] { table[entry.key] = entry.value }
    var tree = JSONObject([("density", .object(table))])
    for entry in try ConfigEncoder().encode(config).object?.entries ?? [] {
      tree[entry.key] = entry.value
    }
    try emit(tree.toml())
  }

  private var budget: TrainingBudget {
    get throws {
      var budget = TrainingBudget()
      budget.energyCalls = try positive(energyCalls, "--energy-calls") ?? 0
      budget.seconds = try positive(seconds, "--seconds") ?? 0
      return budget
    }
  }

  private func positive<Value: Numeric & Comparable>(
    _ value: Value?, _ option: String
  ) throws -> Value? {
    if let value, !(value > .zero) {
      throw UsageError("the value '\(value)' is invalid for '\(option)': it must be above 0")
    }
    return value
  }

  /// Trains to the end of the steps or of the budget, or until a signal, which is returned.
  private func train(_ run: Run, _ progress: TrainingProgress) throws -> Stopped? {
    defer { progress.close() }
    do {
      try run.train(progress, within: budget)
      return nil
    } catch let spent as BudgetSpent {
      progress.close()
      if !quiet { tell("stopped at step \(run.stepsDone) of \(run.config.steps): \(spent)") }
      return nil
    } catch let stopped as Stopped {
      return stopped
    } catch let error as UnsavedError {
      // Saving is tried once more when saying how to go on.
      if let stopped = error.cause as? Stopped { return stopped }
      throw error
    } catch let error as NumericalError {
      let kept = run.folder.map {
        "; '\($0.path)' keeps the state after step \(run.stepsDone), and failure.json in it the point "
          + "and the command that does this again"
      }
      throw ComputationError(message: "\(error)\(kept ?? "")")
    }
  }

  private func report(
    _ run: Run, _ pool: ThreadPool, from first: Int, seconds: Double, wasStopped: Bool
  ) throws {
    if json {
      var tree = try run.description().object ?? JSONObject()
      tree["finished"] = .bool(run.stepsDone >= run.config.steps)
      tree["seconds"] = JSONValue(seconds)
      tree["out"] = run.folder.map { .string($0.path) } ?? .null
      tree["environment"] = environmentReport(pool)
      try printDocument(.object(tree))
    } else if !quiet && !wasStopped {
      try TrainingSummary(run, from: first, seconds: seconds).print()
    }
  }

  /// Makes sure that the state is saved, and says where and what to type.
  private func sayHowToGoOn(_ run: Run) {
    let place = "stopped at step \(run.stepsDone) of \(run.config.steps)"
    var words = CommandLine.arguments
    guard let folder = run.folder else {
      tell("\(place); nothing is kept, because there is no --out. Next time:")
      words += ["--out", suggestedFolder(run.density)]
      return tell("  " + words.map(quoted).joined(separator: " "))
    }
    do {
      _ = try run.checkpoint()
    } catch {
      return tell(Terminal.messages.red("error: ") + "\(place), and could not be saved: \(error)")
    }
    if !run.config.resume { words.append("--resume") }
    tell("\(place); saved in \(folder.path). To go on:")
    tell("  " + words.map(quoted).joined(separator: " "))
  }

  private func suggestedFolder(_ density: NamedDensity) -> String { "runs/" + density.name }
}

/// A computation that could not be finished.
struct ComputationError: Error, CustomStringConvertible {
  let message: String
  var description: String { message }
}
