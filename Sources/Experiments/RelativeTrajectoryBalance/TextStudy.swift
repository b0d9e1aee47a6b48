import Catalogs
import Densities
import Samplers
import Storage
import Tasks

private let venkatraman = Reference(
  "Venkatraman, Jain, Scimeca, et al.", 2024,
  "Amortizing intractable inference in diffusion models for vision, language, and control",
  "arXiv:2405.20971, section 4.2")

/// What stands before an ending, under priors on texts.
let textStudies: [Study] = [
  Study(
    "rtb/grammar",
    "What stands before an ending in texts of a grammar, whose posterior is enumerated.",
    references: [venkatraman], takesSettings: true
  ) { try TextStudy($0, TextStudyConfig()).run() },
  Study(
    "rtb/text",
    "What stands between a beginning and an ending in texts of a file: --set data, prefix, ending.",
    references: [venkatraman], takesSettings: true
  ) { try TextStudy($0, TextStudyConfig(file: true)).run() },
]

extension TextStudyConfig {
  fileprivate init(file: Bool) {
    self.init()
    (data, length, prefix, ending, kinds) = ("", 16, "", "", ["masked"])
  }
}

/// One ending: for each kind of noise a prior of texts, and each method's texts before the ending.
private struct TextStudy {
  let desk: StudyDesk
  let config: TextStudyConfig
  let settings: TextStudySettings
  let constraint: NamedDensity
  let judge: TextJudge

  init(_ desk: StudyDesk, _ defaults: TextStudyConfig) throws {
    self.desk = desk
    config = try resolve(defaults, overrides: desk.settings)
    try ConfigError.require(
      !config.data.isEmpty && !config.ending.isEmpty, "data",
      "name a text file and an ending in its words: --set data=file --set ending=words")
    settings = TextStudySettings(
      desk.preset,
      isFile: Grammar.named[config.data] == nil && !config.data.hasSuffix(".grammar"))
    desk.say("language model: \(settings.language.steps) steps")
    constraint = try NamedDensity(
      "text-ending",
      config: [
        "text": Self.text(config), "prefix": .string(config.prefix),
        "ending": .string(config.ending), "training": try ConfigEncoder().encode(settings.language),
      ])
    guard let density = constraint.density as? any TokenDensity else {
      preconditionFailure("an ending of no texts")
    }
    judge = TextJudge(density)
  }

  private static func text(_ config: TextStudyConfig, without: Int = 0) -> JSONValue {
    [
      "data": .string(config.data), "length": .integer(Int64(config.length)),
      "symbols": .integer(Int64(config.symbols)), "rows": .string(config.rows.rawValue),
      "without_last": .integer(Int64(without)),
    ]
  }

  func run() throws -> StudyTable {
    var rows = try judge.exactRow(settings.count, desk.seed).map { [$0] } ?? []
    for kind in config.kinds { rows += try self.rows(kind) }
    return StudyTable(
      title: "\(config.prefix) … \(config.ending), \(desk.preset.rawValue)",
      columns: TextJudge.columns, rows: rows, notes: notes)
  }

  /// The prior of a kind of noise, and what each method makes of it.
  private func rows(_ kind: String) throws -> [StudyTable.Row] {
    var config = settings.prior
    (config.denoising.kind, config.denoising.tokens.knowsTime) = (kind, kind == "uniform")
    if kind == "masked" { config.denoising.steps = settings.maskedSteps }
    let texts = try NamedDensity("texts", config: ["text": Self.text(self.config, without: ending)])
    let prior = try desk.train("prior-\(kind)", texts, config)
    // The posterior's run before its first step is the prior, with the beginning given.
    let start = try posterior(kind, "start", prior) { $0.steps = 0 }
    let draws = try start.run.sample(settings.weightedCount, seed: desk.seed + 1)
    let own = WeightedTexts(x: draws.x, logDensity: draws.logDensity)
    var rows = [
      try row("\(kind): prior", start, own, isPosterior: false),
      judge.weightedRow(
        "\(kind): prior, weighted by r", own,
        resampled: draws.resampled(settings.count, seed: desk.seed)),
      try row("\(kind): RTB, log-variance", posterior(kind, "own", prior) { _ in }, own),
      try row(
        "\(kind): RTB, log Z, paths of the prior",
        posterior(kind, "prior-paths", prior) {
          $0.objective = "trajectory-balance"
          $0.offPolicy.source = .prior
        }, own),
    ]
    if settings.weightedEnds > 0 { rows += try rowsOfWeightedEnds(kind, prior, start, own) }
    // What they do differs little from noise to noise, and uniform noise is the dearest.
    for policy in kind == "uniform" ? [] : [PolicyGradientKind.reinforce, .dpok] {
      // At penalty 1 DPOK has the gradient of the log-variance form.
      rows += try settings.penalties.filter { policy != .dpok || $0 != 1 }.map { penalty in
        let name = "\(policy.rawValue)-\(penalty)"
        let trained = try posterior(kind, name, prior) {
          ($0.prior.policy.kind, $0.prior.policy.penalty) = (policy, penalty)
        }
        return try row(
          "\(kind): \(policy.rawValue.uppercased()), penalty \(penalty)", trained, own)
      }
    }
    guard constraint.density is any SamplableDensity else { return rows }
    let supervised = try desk.train("supervised-\(kind)", constraint, config)
    return rows + [
      try row("\(kind): learned from exact draws", supervised, own, isPosterior: false)
    ]
  }

  /// RTB, every second step of which goes back from draws of the prior that are kept by weight; and its draws, resampled
  /// by their weights.
  private func rowsOfWeightedEnds(
    _ kind: String, _ prior: StudyRun, _ start: StudyRun, _ own: WeightedTexts
  ) throws -> [StudyTable.Row] {
    let draws = try start.run.sample(settings.weightedCount, seed: desk.seed + 3)
    let path = "\(desk.folder)/weighted-\(kind).npy"
    try StoredArray(
      draws.resampled(settings.weightedEnds, seed: desk.seed + 1),
      shape: [settings.weightedEnds, draws.dimension]
    ).writeNPY(to: path)
    let trained = try posterior(kind, "weighted-ends", prior) {
      ($0.offPolicy.source, $0.offPolicy.samples) = (.samples, path)
      $0.prior.inverseTemperatureSteps = 0
    }
    let label = "\(kind): RTB, log-variance, ends of weighted draws"
    let many = try trained.run.sample(settings.weightedCount, seed: desk.seed + 4)
    let resampled = many.resampled(settings.count, seed: desk.seed + 2)
    return [
      try row(label, trained, own),
      judge.row(
        label + ", resampled by weight", resampled, logDensity: try judge.logConstraint(resampled),
        own: own),
    ]
  }

  private func posterior(
    _ kind: String, _ name: String, _ prior: StudyRun, _ change: (inout RunConfig) -> Void
  ) throws -> StudyRun {
    var config = settings.posterior
    config.prior.run = prior.run.config.out
    if kind == "uniform" {
      (config.steps, config.batchSize) = (settings.uniformSteps, settings.uniformBatch)
    }
    change(&config)
    return try desk.train("\(name)-\(kind)", constraint, config)
  }

  private func row(
    _ label: String, _ trained: StudyRun, _ own: WeightedTexts, isPosterior: Bool = true
  ) throws -> StudyTable.Row {
    let draws = try trained.run.sample(settings.count, seed: desk.seed + 2)
    return judge.row(
      label, draws.x, logDensity: draws.logDensity,
      logWeights: isPosterior ? draws.logWeights : [], own: own, seconds: trained.seconds)
  }

  /// Tokens of the ending.
  private var ending: Int { config.ending.split(separator: " ").count }

  private var notes: [String] {
    [
      "Priors learn the texts without their last \(ending) tokens in \(settings.prior.steps) steps of "
        + "\(settings.prior.batchSize); r is the likelihood of '\(config.ending)' and the end under a causal language model that "
        + "learned the whole texts in \(settings.language.steps) steps.",
      "Distances are those of the shares of \(settings.count) draws; the prior's own posterior is \(settings.weightedCount) draws "
        + "of the trained prior with weights r.",
      "RTB begins as the prior and learns all weights in \(settings.posterior.steps) steps of \(settings.posterior.batchSize) "
        + "paths, under uniform noise in \(settings.uniformSteps) of \(settings.uniformBatch); with paths of the prior every second "
        + "step's are the prior's own. Policy gradients have the same steps and rate, and are not tried under uniform noise; DPOK "
        + "at penalty 1 would be the log-variance form again.",
      "Paths have \(settings.maskedSteps) steps under masked noise, \(settings.prior.denoising.steps) under uniform noise, one for each place "
        + "under ordered noise.",
      constraint.density is any SamplableDensity
        ? "Log Z is that of the grammar's own posterior, which a trained prior's is near to."
        : "Log Z is that of the prior's weighted draws.",
    ] + temperatureNotes + weightedEndsNotes
  }

  private var weightedEndsNotes: [String] {
    guard settings.weightedEnds > 0 else { return [] }
    return [
      "Ends of weighted draws are \(settings.weightedEnds) of \(settings.weightedCount) others of the prior, kept by weight; every second "
        + "step's paths go back from them, and the power of r is 1 throughout. Resampled by weight are \(settings.count) of "
        + "\(settings.weightedCount) draws of that posterior."
    ]
  }

  private var temperatureNotes: [String] {
    let ramp = settings.posterior.prior
    guard ramp.inverseTemperatureSteps > 0 else { return [] }
    return [
      "The power of r rises from \(ramp.inverseTemperatureStart) to 1 in the first \(ramp.inverseTemperatureSteps) "
        + "steps of each posterior."
    ]
  }
}
