import Catalogs
import Chains
import Densities
import Kernels
import Metrics
import Samplers
import Storage

private let akhoundSadegh = Reference(
  "Akhound-Sadegh, Rector-Brooks, Bose, et al.", 2024,
  "Iterated denoising energy matching for sampling from Boltzmann densities",
  "arXiv:2402.06121, table 2")

/// The studies of iDEM: its draws as they are, reweighted and refined, beside chains with as many energy calls.
let energyStudies: [Study] = energyProblems.map { problem in
  Study(
    "idem/" + problem.name,
    problem.label + " by iterated denoising energy matching, and by chains.",
    references: [akhoundSadegh], takesSettings: true
  ) { try EnergyStudy($0, problem).run() }
}

/// One density.
private struct EnergyStudy {
  let desk: StudyDesk
  let problem: EnergyProblem
  let settings: EnergySettings
  let density: NamedDensity
  let reference: EnergyReference
  let judge: EnergyJudge

  init(_ desk: StudyDesk, _ problem: EnergyProblem) throws {
    (self.desk, self.problem) = (desk, problem)
    var settings = problem.settings(desk.preset)
    settings.run = try resolve(settings.run, overrides: desk.settings)
    try settings.run.validate()
    self.settings = settings
    density = try NamedDensity(problem.density)
    reference = try EnergyReference(density, settings, desk)
    judge = try EnergyJudge(density.density, reference, settings, pool: desk.pool)
  }

  func run() throws -> StudyTable {
    let trained = try desk.train("run", density, settings.run)
    var rows = problem.published.map { row($0.label, $0.values) }
    rows.append(try row("reference: its floor", judge.figures(of: reference.others)))
    rows += try ownRows(trained)
    rows += try [
      chainsRow(settings.chains, trained), chainsRow("parallel-tempering", trained),
    ]
    return StudyTable(
      title: "\(problem.label), \(desk.preset.rawValue)",
      columns: judge.columns.map(\.rawValue), rows: rows, notes: try notes(trained))
  }

  private func row(_ label: String, _ values: [EnergyColumn: Double]) -> StudyTable.Row {
    StudyTable.Row(label: label, values: judge.columns.map { values[$0] })
  }

  /// Draws as they are, by weight, moved on by chains, and the flows that are fitted to the first and the last.
  private func ownRows(_ trained: StudyRun) throws -> [StudyTable.Row] {
    let run = trained.run
    desk.say("iDEM: drawing")
    let drawn = try timed {
      try run.sample(settings.draws, seed: desk.seed + 1, sampling, poll: desk.poll)
    }
    let draws = drawn.result
    var plain = try judge.figures(of: judged(draws.x))
    plain[.share] = effectiveShare(draws.logWeights).value
    plain[.shape] = paretoShape(draws.logWeights).value
    plain[.logNormalizer] = logMeanExp(draws.logWeights)
    plain[.calls] = Double(run.energyCalls)
    plain[.minutes] = (trained.seconds + drawn.seconds) / 60
    desk.say("iDEM: refining")
    let moved = try timed { try refinedDraws(run) }
    var refined = try judge.figures(of: judged(moved.result.x))
    refined[.calls] = Double(run.energyCalls + moved.result.energyCalls)
    refined[.minutes] = (trained.seconds + moved.seconds) / 60
    return [
      row("iDEM", plain),
      try row(
        "iDEM, reweighted", judge.figures(of: draws.resampled(settings.count, seed: desk.seed))),
      row("iDEM, refined by \(settings.moves) steps of \(settings.kernel)", refined),
    ] + (try ownFlowRow(run)) + (try flowRow("a flow fitted to iDEM's draws", run, draws.x))
      + (try flowRow("a flow fitted to the refined draws", run, moved.result.x))
  }

  private var sampling: SamplingConfig {
    var sampling = SamplingConfig()
    sampling.steps = settings.steps
    return sampling
  }

  /// The first points, as many as of the reference.
  private func judged(_ x: [Float]) -> [Float] {
    Array(x.prefix(settings.count * density.density.dimension))
  }

  private func refinedDraws(_ run: Run) throws -> ChainDraws {
    var config = RefinementConfig()
    (config.method, config.moves, config.kernel) = (.chains, settings.moves, settings.kernel)
    config.steps = settings.steps
    return try run.refine(settings.draws, seed: desk.seed + 1, config, poll: desk.poll)
  }

  /// How likely reference draws are under a flow that is fitted to points; nothing where none is.
  private func flowRow(_ label: String, _ run: Run, _ points: [Float]) throws -> [StudyTable.Row] {
    guard let overrides = settings.likelihood else { return [] }
    return [try flowRow(label, run, points, overrides)]
  }

  /// The same of the probability flow of the score itself, where no part of that is the density's.
  private func ownFlowRow(_ run: Run) throws -> [StudyTable.Row] {
    guard var overrides = settings.likelihood,
      run.config.energyMatching.network.scoreDeviation == 0
    else { return [] }
    try overrides.set("flow", to: LikelihoodFlow.own.rawValue)
    return [try flowRow("iDEM's own probability flow", run, [], overrides)]
  }

  private func flowRow(
    _ label: String, _ run: Run, _ points: [Float], _ overrides: JSONValue
  ) throws -> StudyTable.Row {
    desk.say(label)
    let count = Int(overrides["samples"]?.integer ?? 1000)
    let evaluated = try timed {
      try run.likelihood(
        of: Array(reference.x.prefix(count * density.density.dimension)), fittedTo: points,
        overrides: overrides, poll: desk.poll)
    }
    func value(_ name: String) -> Double { evaluated.result[name]?.value ?? .nan }
    return row(
      label,
      [
        .likelihood: value("negative-log-likelihood"), .share: value("effective-sample-share"),
        .shape: value("pareto-shape"), .logNormalizer: value("log-normalizer"),
        .minutes: evaluated.seconds / 60,
      ])
  }

  /// Chains from the noise that the sampler starts with, given as many evaluations as its training took.
  private func chainsRow(_ method: String, _ trained: StudyRun) throws -> StudyTable.Row {
    let calls = min(trained.run.energyCalls, settings.mostCalls)
    let chains = min(100, settings.count / 20)
    let replicas = method == "parallel-tempering" ? ParallelTemperingConfig().temperatures : 1
    let each = Double(chains * replicas) * (method == "hmc" ? HMC.defaultEvaluations : 1)
    let draws = settings.count / chains
    let steps = max(draws, Int(Double(calls) / each / 2))
    desk.say("\(method): \(calls) energy calls")
    let overrides: JSONValue = [
      "method": .string(method), "chains": .integer(Int64(chains)),
      "draws": .integer(Int64(draws)), "thin": .integer(Int64(max(1, steps / draws))),
      "warm_up": .integer(Int64(steps)), "start_deviation": JSONValue(startDeviation),
      "seed": .integer(Int64(desk.seed)),
    ]
    let made = try timed {
      try drawChains(
        from: density.density, overrides: overrides, pool: desk.pool, poll: desk.poll)
    }
    var figures = try judge.figures(of: made.result.x)
    figures[.calls] = Double(made.result.energyCalls)
    figures[.minutes] = made.seconds / 60
    return row("\(method), \(chains) chains from the same noise", figures)
  }

  private var startDeviation: Double {
    let matching = settings.run.energyMatching
    let own = matching.network.priorDeviation
    return matching.scale * (matching.noise.variance(at: 1) + own * own).squareRoot()
  }

  private func timed<Result>(
    _ body: () throws -> Result
  ) rethrows -> (result: Result, seconds: Double) {
    let begin = ContinuousClock.now
    let result = try body()
    return (result, (ContinuousClock.now - begin) / Duration.seconds(1))
  }

  private var alignedNote: String { ", \(settings.alignedCount) for aligned W2" }

  private func notes(_ trained: StudyRun) throws -> [String] {
    let changes = try EnergyChanges(settings.run, problem.settings(.paper).run).sentences
    return [
      reference.note,
      "\(settings.count) points a row" + (judge.system == nil ? "" : alignedNote)
        + ". Both conventions of energy W2 are there; the published code has the squared one.",
      "iDEM's effective share, Pareto k and log Z are those of the weights of \(settings.draws) paths. Published "
        + "ESS is of a flow fitted to draws, as in the rows of flows.",
      "Chains set out from Gaussians of deviation \(startDeviation), and have as many energy calls as iDEM, at most "
        + "\(settings.mostCalls).",
      "The noise of a step is what noising adds between its times; the published step takes g² dt.",
    ] + changes
  }
}

/// In what a run is not as published.
private struct EnergyChanges {
  let sentences: [String]

  init(_ run: RunConfig, _ published: RunConfig) throws {
    let encoder = ConfigEncoder()
    let changes = differences(between: try encoder.encode(run), and: try encoder.encode(published))
      .filter { $0.path != "report_every" }
      .map { "\($0.path) \($0.first.compact) (\($0.second.compact))" }
    let list = changes.joined(separator: ", ")
    sentences = changes.isEmpty ? [] : ["Not as published (in brackets): \(list)."]
  }
}
