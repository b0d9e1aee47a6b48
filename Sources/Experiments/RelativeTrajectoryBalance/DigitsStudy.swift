import Catalogs
import Densities
import KernelTables
import Kernels
import Samplers
import Storage
import Tasks

private let venkatraman = Reference(
  "Venkatraman, Jain, Scimeca, et al.", 2024,
  "Amortizing intractable inference in diffusion models for vision, language, and control",
  "arXiv:2405.20971, section 4.1 and table 2")

/// Class posteriors of handwritten digits.
let digitsStudies: [Study] = [
  Study(
    "rtb/digits-even",
    "Even digits under a prior of all, by relative trajectory balance and what it is compared with.",
    references: [venkatraman], takesSettings: true
  ) { try DigitsStudy($0, classes: [0, 2, 4, 6, 8], "even digits").run() },
  Study(
    "rtb/digits-odd",
    "Odd digits under a prior of all, by relative trajectory balance and what it is compared with.",
    references: [venkatraman], takesSettings: true
  ) { try DigitsStudy($0, classes: [1, 3, 5, 7, 9], "odd digits").run() },
  Study(
    "rtb/digits-single",
    "Fives under a prior of all digits, by relative trajectory balance and what it is compared with.",
    references: [venkatraman], takesSettings: true
  ) { try DigitsStudy($0, classes: [5], "fives").run() },
]

/// One set of classes: a prior of all digits, a classifier's likelihood as the constraint, and each method's images.
private struct DigitsStudy {
  let desk: StudyDesk
  let classes: [Int]
  let title: String
  let settings: DigitsSettings
  let images: ImageSet
  let constraint: NamedDensity
  let judge: DigitsJudge

  init(_ desk: StudyDesk, classes: [Int], _ title: String) throws {
    (self.desk, self.classes, self.title) = (desk, classes, title)
    var settings = DigitsSettings(desk.preset)
    try settings.take(desk.settings)
    images = try imageSet(settings.data, classes: classes)
    settings.fit(pixels: images.dimension)
    self.settings = settings
    desk.say("classifiers of \(images.training.count) digits")
    let numbers = JSONValue.array(classes.map { .integer(Int64($0)) })
    constraint = try NamedDensity(
      "class-likelihood", config: ["data": .string(settings.data), "classes": numbers])
    guard let density = constraint.density as? any DifferentiableDensity else {
      preconditionFailure("a likelihood without a score")
    }
    judge = try DigitsJudge(density, images, classes: classes)
  }

  func run() throws -> StudyTable {
    let density = try NamedDensity("images", config: ["data": .string(settings.data)])
    let prior = try desk.train("prior", density, settings.prior)
    var rows = [try judge.truthRow(desk.seed)]
    rows += try priorRows(prior)
    rows += try relative("RTB", prior, .lora)
    rows += try relative("RTB with the score", prior, .lora, scored: true)
    if settings.triesOtherStarts {
      rows += try relative("RTB, all weights", prior, .copy)
      rows += try relative("RTB, correction with the score", prior, .correction, scored: true)
    }
    for kind in [PolicyGradientKind.reinforce, .ddpo, .dpok] {
      rows.append(try policy(kind, prior))
    }
    for loss in [GuidanceLoss.distance, .logarithm] {
      for kind in DenoisingGuidanceKind.allCases { rows.append(try guided(kind, loss, prior)) }
    }
    return StudyTable(
      title: "\(title), \(desk.preset.rawValue)", columns: DigitsJudge.columns, rows: rows,
      notes: notes)
  }

  /// Draws of the prior, and those of them that are kept with probability r^β: exact draws of the posterior.
  private func priorRows(_ prior: StudyRun) throws -> [StudyTable.Row] {
    desk.say("prior: drawing")
    let x = try prior.run.sample(settings.count, seed: desk.seed + 1).x
    try paint("prior", x)
    let d = judge.constraint.dimension
    var kept: [Float] = []
    var round: UInt64 = 0
    while kept.count < settings.count * d, round < 40 {
      let more = try prior.run.sample(settings.count, seed: desk.seed + 100 + round).x
      let chances = try judge.logConstraint(more)
      var uniforms = [Float](repeating: 0, count: chances.count)
      InstructionSet.active.kernels.uniforms(
        key: RandomStream(seed: desk.seed + round).folding(.resampling).key, step: 0, firstRow: 0,
        rows: chances.count, columns: 1, to: &uniforms)
      for (row, chance) in chances.enumerated()
      where Double(uniforms[row]) < scalarExp(inverseTemperature * chance) {
        kept += more[row * d..<(row + 1) * d]
      }
      round += 1
    }
    let exact = Array(kept.prefix(settings.count * d))
    guard exact.count > d else { return [try judge.row("prior", x, seconds: prior.seconds)] }
    try paint("exact", exact)
    return [
      try judge.row("prior", x, seconds: prior.seconds),
      try judge.row("prior, kept with probability \(constraintPower): exact", exact),
    ]
  }

  /// RTB's images, and more of them resampled by their weights: nearer to the posterior, as far as it covers it.
  private func relative(
    _ label: String, _ prior: StudyRun, _ start: PosteriorStart, scored: Bool = false
  ) throws -> [StudyTable.Row] {
    var config = posteriorConfig(prior)
    config.prior.initialize = start
    config.offPolicy.source = .mixture
    config.network.langevin = scored ? .on : .off
    config.denoising.network = settings.prior.denoising.network
    // A tenth of the rate: all weights move at once.
    if start == .copy { config.optimizer.learningRate /= 10 }
    let name = "rtb-" + start.rawValue + (scored ? "-score" : "")
    let trained = try desk.train(name, constraint, config)
    let many = try trained.run.sample(settings.weightedCount, seed: desk.seed + 3)
    return [
      try row(label, name, trained),
      try judge.row(
        "\(label), resampled by weight", many.resampled(settings.count, seed: desk.seed)),
    ]
  }

  /// A policy gradient, with the penalty that comes nearest to the true images.
  private func policy(
    _ kind: PolicyGradientKind, _ prior: StudyRun
  ) throws -> StudyTable.Row {
    let penalties = kind == .ddpo ? [PolicyGradientConfig().penalty] : settings.penalties
    var best: (distance: Double, row: StudyTable.Row)?
    for penalty in penalties {
      var config = posteriorConfig(prior)
      (config.prior.policy.kind, config.prior.policy.penalty) = (kind, penalty)
      let name = kind.rawValue + (kind == .ddpo ? "" : "-\(penalty)")
      let label = kind.rawValue.uppercased() + (kind == .ddpo ? "" : ", penalty \(penalty)")
      let row = try row(label, name, desk.train(name, constraint, config))
      let distance = row.values[1] ?? .infinity
      if best.map({ distance < $0.distance }) ?? true { best = (distance, row) }
    }
    guard let best else { preconditionFailure("no penalties") }
    return best.row
  }

  private func posteriorConfig(_ prior: StudyRun) -> RunConfig {
    var config = settings.posterior
    config.prior.run = prior.run.config.out
    return config
  }

  private func row(_ label: String, _ name: String, _ trained: StudyRun) throws -> StudyTable.Row {
    let draws = try trained.run.sample(settings.count, seed: desk.seed + 1)
    try paint(name, draws.x)
    return try judge.row(
      label, draws.x, logWeights: draws.logWeights, seconds: trained.seconds)
  }

  /// Guidance with the ζ that comes nearest to the true images with other noise.
  private func guided(
    _ kind: DenoisingGuidanceKind, _ loss: GuidanceLoss, _ prior: StudyRun
  ) throws -> StudyTable.Row {
    let scales = loss == .logarithm ? settings.scales : settings.distanceScales
    let name = kind.rawValue + (loss == .logarithm ? "-logarithm" : "-distance")
    desk.say("\(name): trying \(scales.count) scales")
    func draw(_ count: Int, _ scale: Double, seed: UInt64) throws -> [Float] {
      try prior.run.guided(
        count, seed: seed, by: judge.constraint, Guidance(kind, scale: scale, lowering: loss))
    }
    let tried = try scales.map { scale in
      let x = try draw(settings.tuningCount, scale, seed: desk.seed + 2)
      return x.allSatisfy { $0.isFinite } ? judge.distance(of: x) : .infinity
    }
    let scale = zip(scales, tried).min { $0.1 < $1.1 }?.0 ?? scales[0]
    let x = try draw(settings.count, scale, seed: desk.seed + 1)
    try paint(name, x)
    let label = kind == .dps ? "DPS" : "LGD-MC, 10 points"
    return try judge.row(
      label + (loss == .logarithm ? ", raising log r" : ", lowering 1 - r") + ", scale \(scale)", x)
  }

  /// A picture of the first hundred.
  private func paint(_ name: String, _ x: [Float]) throws {
    let d = judge.constraint.dimension
    try ImageSheet(square: Array(x.prefix(100 * d)), dimension: d)?
      .picture(perRow: 10).write(to: "\(desk.folder)/\(name).png")
  }

  private var notes: [String] {
    [
      "The prior learned the \(images.training.count) digits of \(images.rows) by \(images.columns) pixels for training, without "
        + "labels, in \(settings.prior.steps) steps; r(x) is the largest probability of one of the classes under a "
        + "classifier with noise in its training.",
      "Distance and diversity are of the features of a second classifier, \(settings.count) images against "
        + "all true ones; the distance of the true images is that between their halves, its floor.",
      "All trained methods learn changes of rank \(settings.posterior.prior.loraRank) of all linear layers"
        + "\(otherStarts), with the score a multiple of "
        + "that of r at the image which is expected, too, in "
        + "\(settings.posterior.steps) steps of \(settings.posterior.batchSize) paths, half of whose "
        + "steps carry gradient, with Adam at \(settings.posterior.optimizer.learningRate), falling; RTB in its log-variance form, "
        + "every other batch on paths each of whose steps is the prior's with a chance of up to \(settings.posterior.offPolicy.priorChance). "
        + "The power of r rises from \(settings.posterior.prior.inverseTemperatureStart) to \(inverseTemperature) in the first half of them.",
      "REINFORCE and DPOK: \(penaltyWords). "
        + "DDPO and DPOK make one update a batch. DPS and LGD-MC raise log r, with the best of scales \(settings.scales) "
        + "by the distance of \(settings.tuningCount) other images, or lower 1 - r, nearer to what the paper compares with: the "
        + "distance of a classifier's answer to the label, for the answer (r, 1 - r), with the best of \(settings.distanceScales).",
      "Images resampled by weight are \(settings.count) of \(settings.weightedCount) others of the same posterior.",
      "Effective share and log Z are those of importance weights towards the posterior of the trained prior; "
        + "guidance has none.",
    ]
  }

  /// β.
  private var inverseTemperature: Double { settings.posterior.prior.inverseTemperature }

  private var constraintPower: String {
    inverseTemperature == 1 ? "r" : "r^\(inverseTemperature)"
  }

  private var penaltyWords: String {
    settings.penalties.count > 1
      ? "the best of penalties \(settings.penalties) by distance, tuned on what is reported"
      : "penalty \(settings.penalties[0]); the preset paper takes the best of \(DigitsSettings(.paper).penalties)"
  }

  private var otherStarts: String {
    settings.triesOtherStarts
      ? " (in two rows all weights, at a tenth of the rate, and another network of the prior's size that is added to it)"
      : ""
  }
}
