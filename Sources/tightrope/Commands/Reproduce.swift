import ArgumentParser
import Catalogs
import Experiments
import Kernels
import Reports
import Samplers
import Storage
import Training

extension Preset: ExpressibleByArgument {}

/// Runs a published row again.
struct Reproduce: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a row of a published table again, and print ours next to it.",
    discussion: """
      Examples:
        tightrope reproduce --list
        tightrope reproduce gfn-diffusion/25gmm-tb --preset smoke
        tightrope reproduce gfn-diffusion/25gmm-tb-expl-ls --preset laptop --seeds 5
        tightrope reproduce gfn-diffusion/funnel-tb --set steps=4000 --out runs/tb

      Presets: 'smoke' takes seconds and shows that everything works; 'laptop' takes at most ten \
      minutes a seed on two idle processors; 'paper' has the published settings and iterations. \
      'tightrope describe' shows the settings of each.

      Each seed has a folder below --out. table.md and table.json, written after each seed, hold \
      a line for each published row, each seed and all seeds together: figures with 95% \
      intervals, or mean and standard deviation over seeds; costs; in what the run differs from the \
      published one; machine and command.
      Chains and particles are given as many density evaluations as the first seed's training took, and the \
      table says where they are nearer to the truth; --only-trained leaves them out.

      Figures: 'bound error' is |ELBO - log Z|, 'RW error' |importance-weighted log Z - log Z|.

      A study compares several methods on one problem in one table, with pictures where there are any; \
      with --seeds, each seed has a folder and a table, and that of all holds means and deviations.

      Ctrl-C stops within a second and loses nothing: the same command goes on. A seed that is \
      finished is not run again.

      --json prints table.json: 'published', 'seeds', 'summary_over_seeds', 'notes', \
      'provenance'.
      """)

  @Argument(
    help: ArgumentHelp("Name of the experiment; --list shows them.", valueName: "experiment"),
    completion: .list(experimentFamily.members.map(\.name)))
  var name: String?

  @Option(help: ArgumentHelp("smoke, laptop or paper.", valueName: "preset"))
  var preset = Preset.laptop

  @Option(help: ArgumentHelp("Number of seeds.", valueName: "count"))
  var seeds = 1

  @Option(help: ArgumentHelp("The first seed.", valueName: "number"))
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "Folder of runs and table. (default: runs/reproduce/<experiment>-<preset>)",
      valueName: "folder"))
  var out: String?

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("A setting of the run, such as steps=500.", valueName: "key=value"))
  var settings: [String] = []

  @OptionGroup var threading: ThreadOptions

  @Flag(help: "Leave out the chains and particles that a sampler is compared with.")
  var onlyTrained = false

  @Flag(help: "List the experiments.")
  var list = false

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  @Flag(help: "No progress.")
  var quiet = false

  func validate() throws {
    guard (1...1000).contains(seeds), seed <= .max - 1000 else {
      throw ValidationError("--seeds must be from 1 to 1000, not \(seeds)")
    }
  }

  func run() throws {
    if list { return try List.print(experimentFamily, json: json) }
    guard let name else {
      throw UsageError("no experiment is named", help: "tightrope reproduce --list")
    }
    if let study = studies.first(where: { $0.name == name }) { return try make(study) }
    let reproduction = try plan(try find(name))
    let pool = threading.pool()
    Interruption.becomeRequests()
    try trainPrior(reproduction, pool)
    var results: [SeedResult] = []
    for seed in seed..<seed + UInt64(seeds) {
      results.append(try result(of: seed, reproduction, pool))
      try ReproductionReport(table(reproduction, results, pool)).write()
    }
    let opponents = try onlyTrained ? [] : opponents(of: results[0], reproduction, pool)
    let report = ReproductionReport(table(reproduction, results, pool, opponents))
    try report.write()
    if json { try printDocument(report.table.json) } else { try report.print() }
  }

  private func find(_ name: String) throws -> Experiment {
    if let experiment = experiments.first(where: { $0.name == name }) { return experiment }
    let nearest = nearestExperiment(to: name).map { ": did you mean '\($0)'?" }
    throw UsageError(
      "there is no experiment '\(name)'" + (nearest ?? ""), help: "tightrope reproduce --list")
  }

  private func plan(_ experiment: Experiment) throws -> Reproduction {
    try naming("--set") {
      try Reproduction(
        experiment, preset, overrides: JSONValue(settings: settings),
        folder: out ?? "runs/reproduce/\(experiment.name)-\(preset.rawValue)")
    }
  }

  /// Trains the prior, where the experiment needs one that is not finished.
  private func trainPrior(_ reproduction: Reproduction, _ pool: ThreadPool) throws {
    guard let prior = try reproduction.openPrior(pool: pool), prior.stepsDone < prior.config.steps
    else { return }
    say(
      "prior: \(counted(prior.config.steps, "step")) in \(reproduction.folderOfPrior)"
        + (prior.stepsDone > 0 ? ", \(grouped(prior.stepsDone)) done before" : ""))
    let progress = TrainingProgress(prior, isQuiet: quiet)
    defer { progress.close() }
    do {
      try prior.train(progress)
    } catch let stopped as Stopped {
      tell("stopped in the prior at step \(prior.stepsDone); nothing is lost. To go on:")
      tell("  " + CommandLine.arguments.map(quoted).joined(separator: " "))
      throw stopped
    }
  }

  private func table(
    _ reproduction: Reproduction, _ results: [SeedResult], _ pool: ThreadPool,
    _ opponents: [SuiteRow] = []
  ) -> ReproductionTable {
    ReproductionTable(
      reproduction, results, opponents: opponents, provenance: provenanceReport(pool))
  }

  /// Lets chains and particles spend what the first seed spent.
  private func opponents(
    of result: SeedResult, _ reproduction: Reproduction, _ pool: ThreadPool
  ) throws -> [SuiteRow] {
    try reproduction.opponents(of: result).map { cell in
      if let row = reproduction.finishedRow(of: cell) { return row }
      say("\(cell.method.name): \(grouped(cell.energyCalls)) density evaluations")
      do {
        return try reproduction.row(of: cell, pool: pool, InterruptionListener())
      } catch let stopped as Stopped {
        tell("stopped in \(cell.method.name); nothing is lost. To go on:")
        tell("  " + CommandLine.arguments.map(quoted).joined(separator: " "))
        throw stopped
      }
    }
  }

  /// Trains and judges a seed, unless that was done before.
  private func result(
    of seed: UInt64, _ reproduction: Reproduction, _ pool: ThreadPool
  ) throws -> SeedResult {
    if let result = try reproduction.result(of: seed) {
      say("seed \(seed): finished before")
      return result
    }
    let seedRun = try reproduction.open(seed, pool: pool)
    let run = seedRun.run
    say(
      "seed \(seed): \(counted(run.config.steps, "step")) in \(reproduction.folder(of: seed))"
        + (run.stepsDone > 0 ? ", \(grouped(run.stepsDone)) done before" : ""))
    do {
      try train(seedRun)
      return try announcing("evaluating") { try seedRun.evaluate(poll: Interruption.check) }
    } catch let stopped as Stopped {
      tell(
        "stopped in seed \(seed) at step \(run.stepsDone) of \(run.config.steps); nothing is lost.")
      tell("To go on:")
      tell("  " + CommandLine.arguments.map(quoted).joined(separator: " "))
      throw stopped
    }
  }

  private func train(_ seedRun: SeedRun) throws {
    let progress = TrainingProgress(seedRun.run, isQuiet: quiet)
    defer { progress.close() }
    do {
      try seedRun.train(progress)
    } catch let error as UnsavedError {
      guard error.cause is Stopped else { throw error }
      throw ComputationError(message: "stopped, but the state could not be saved: \(error.failure)")
    }
  }

  private func say(_ line: String) { if !quiet { tell(line) } }
}

/// Only asks whether a signal has come.
private final class InterruptionListener: TrainingListener {
  func receive(_ event: TrainingEvent) throws {}
  func poll() throws { try Interruption.check() }
}
