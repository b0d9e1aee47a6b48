import Catalogs
import Densities
import Kernels
import Samplers
import Storage
import Tasks

private let venkatraman = Reference(
  "Venkatraman, Jain, Scimeca, et al.", 2024,
  "Amortizing intractable inference in diffusion models for vision, language, and control",
  "arXiv:2405.20971, section 4.2 and table H.1")

/// Posteriors of pictures given captions.
let captionsStudies: [Study] = [
  Study(
    "rtb/captions",
    "Pictures that agree with their captions, under a prior from words to pictures, by learned preferences.",
    references: [venkatraman], takesSettings: true
  ) { try CaptionsStudy($0).run() }
]

/// A prior of pictures given captions that are often wrong, a network that learned what people prefer, and each method's
/// pictures of captions that no posterior was trained on.
private final class CaptionsStudy {
  private let desk: StudyDesk
  private let settings: CaptionsSettings
  private let constraint: NamedDensity
  private var judge: CaptionsJudge
  /// The first pictures of each caption, method after method.
  private var sheets: [[Float]]

  init(_ desk: StudyDesk) throws {
    self.desk = desk
    var settings = CaptionsSettings(desk.preset)
    try settings.take(desk.settings)
    self.settings = settings
    let encoder = ConfigEncoder()
    desk.say("preferences: \(settings.agreement.steps) steps")
    constraint = try NamedDensity(
      "caption-agreement",
      config: [
        "shapes": try encoder.encode(settings.shapes),
        "training": try encoder.encode(settings.agreement),
      ])
    guard let density = constraint.density as? any CaptionedDensity else {
      preconditionFailure("a judgement without captions")
    }
    judge = try CaptionsJudge(
      density, inverseTemperature: settings.posterior.prior.inverseTemperature,
      epochs: settings.judgeEpochs)
    sheets = Array(repeating: [], count: judge.captions.count)
  }

  func run() throws -> StudyTable {
    let shapes = try ConfigEncoder().encode(settings.shapes)
    let prior = try desk.train(
      "prior", NamedDensity("captioned-shapes", config: ["shapes": shapes]), settings.prior)
    let exact = try exactDraws(prior)
    judge.take(exact: exact[1], logNormalizers: exact.logNormalizers)
    var rows = [
      try judged("true pictures of the captions", truePictures()),
      try judged("prior", exact.prior, seconds: prior.seconds),
      try judged("prior, weighted by r: exact", exact[0]),
    ]
    for weight in settings.guidance {
      var config = configuration(prior)
      (config.steps, config.denoising.conditionGuidance) = (0, weight)
      rows.append(
        try trained("prior, guidance \(weight)", "guided-\(weight)", config, isOurs: false))
    }
    rows.append(try trained("RTB, log-variance", "rtb", configuration(prior)))
    var learned = configuration(prior)
    learned.objective = "trajectory-balance"
    rows.append(try trained("RTB, learned log Z(c)", "rtb-log-z", learned))
    for kind in [PolicyGradientKind.dpok, .reinforce, .ddpo] {
      rows += try policies(kind, prior)
    }
    try paint()
    return StudyTable(
      title: "captions, \(desk.preset.rawValue)", columns: CaptionsJudge.columns, rows: rows,
      notes: notes)
  }

  // MARK: - Rows

  private func configuration(_ prior: StudyRun) -> RunConfig {
    var config = settings.posterior
    config.prior.run = prior.run.config.out
    return config
  }

  /// A policy gradient with each of its penalties.
  private func policies(
    _ kind: PolicyGradientKind, _ prior: StudyRun
  ) throws -> [StudyTable.Row] {
    let penalties = kind == .dpok ? settings.penalties.dpok : settings.penalties.reinforce
    let tried = kind == .ddpo ? [PolicyGradientConfig().penalty] : penalties
    return try tried.map { penalty in
      var config = configuration(prior)
      (config.prior.policy.kind, config.prior.policy.penalty) = (kind, penalty)
      let label = kind.rawValue.uppercased() + (kind == .ddpo ? "" : ", penalty \(penalty)")
      return try trained(label, kind.rawValue + (kind == .ddpo ? "" : "-\(penalty)"), config)
    }
  }

  /// - Parameter isOurs: Whether weights are towards the posterior that is judged.
  private func trained(
    _ label: String, _ name: String, _ config: RunConfig, isOurs: Bool = true
  ) throws -> StudyTable.Row {
    let trained = try desk.train(name, constraint, config)
    let draws = try trained.run.sample(
      settings.count * judge.captions.count, seed: desk.seed + 1, poll: desk.poll)
    return try judged(
      label, draws.x, logWeights: isOurs ? draws.logWeights : [],
      seconds: config.steps > 0 ? trained.seconds : nil)
  }

  /// The figures of pictures, the first of which go on the sheets.
  private func judged(
    _ label: String, _ x: [Float], logWeights: [Double] = [], seconds: Double? = nil
  ) throws -> StudyTable.Row {
    let d = constraint.density.dimension
    for caption in judge.captions.indices {
      let own = judge.turn(x, d, caption).prefix(Self.perRow * d)
      sheets[caption] += own + Array(repeating: 0, count: Self.perRow * d - own.count)
    }
    return try judge.row(label, x, logWeights: logWeights, seconds: seconds)
  }

  // MARK: - What is known

  /// Pictures of the set whose true captions are those that are judged, by turns.
  private func truePictures() -> [Float] {
    guard let shapes = (constraint.density as? any CaptionedDensity)?.shapes else { return [] }
    let d = shapes.images.dimension
    let own = judge.captions.map { caption in
      shapes.images.signedImages(of: [caption.number], in: 0..<shapes.images.count)
    }
    return (0..<settings.count).flatMap { row in
      own.flatMap { pictures in
        let index = pictures.isEmpty ? 0 : row % (pictures.count / d)
        return pictures.isEmpty
          ? [Float](repeating: 0, count: d) : Array(pictures[index * d..<(index + 1) * d])
      }
    }
  }

  /// Two sets of draws of the posterior under the trained prior, chosen among the prior's by their weights, and its log Z(c).
  private struct ExactDraws {
    let prior: [Float]
    let sets: [[Float]]
    let logNormalizers: [Double]

    subscript(index: Int) -> [Float] { sets[index] }
  }

  private func exactDraws(_ prior: StudyRun) throws -> ExactDraws {
    var config = configuration(prior)
    config.steps = 0
    let start = try desk.train("start", constraint, config).run
    desk.say("exact draws: \(settings.referenceCount) of the prior for each caption")
    let (n, d) = (judge.captions.count, constraint.density.dimension)
    let draws = try start.sample(
      settings.referenceCount * n, seed: desk.seed + 3, poll: desk.poll)
    let values = try judge.logConstraint(draws.x)
    let own = judge.captions.indices.map { judge.turn(values, 1, $0) }
    let laws = own.map { values in
      let top = values.max() ?? 0
      return Categorical(weights: values.map { scalarExp($0 - top) })
    }
    let stream = RandomStream(seed: desk.seed).folding(.resampling)
    let sets = (0..<2).map { set in
      (0..<settings.count).flatMap { row in
        laws.enumerated().flatMap { caption, law in
          let chosen = stream.draw(law, step: UInt32(set), row: row, column: caption)
          let first = (chosen * n + caption) * d
          return draws.x[first..<first + d]
        }
      }
    }
    return ExactDraws(
      prior: Array(draws.x.prefix(settings.count * n * d)), sets: sets,
      logNormalizers: own.map { logMean($0) })
  }

  // MARK: - Pictures

  private static let perRow = 12

  /// A sheet for each caption, a row for each method in the order of the table.
  private func paint() throws {
    let edge = settings.shapes.edge
    for (caption, pictures) in zip(judge.captions, sheets) {
      let name = caption.text.split(separator: " ").joined(separator: "-")
      try ImageSheet(pictures, rows: edge, columns: edge, channels: 3)
        .picture(perRow: Self.perRow, scale: 4).write(to: "\(desk.folder)/\(name).png")
    }
  }

  private var notes: [String] {
    let (shapes, posterior) = (settings.shapes, settings.posterior)
    func percent(_ part: Double) -> String { "\((1000 * part).rounded() / 10) %" }
    return [
      "The prior learned \(shapes.count) pictures of \(shapes.edge) by \(shapes.edge) pixels in three colours and captions in which "
        + "each of four attributes is wrong with probability \(shapes.wrongWords), in \(settings.prior.steps) steps of "
        + "\(settings.prior.batchSize); captions are dropped with probability \(settings.prior.denoising.dropConditions).",
      "log r is \(posterior.prior.inverseTemperature) times the judgement of a network that learned "
        + "\(settings.agreement.steps * settings.agreement.batchSize) preferences between two pictures for a caption; the picture with one right "
        + "attribute more is preferred \(percent(1 / (1 + scalarExp(-settings.agreement.certainty)))) of the times.",
      "\(judge.captions.count) captions are judged that no posterior was trained on, \(settings.count) pictures of each. What is right, and the "
        + "features of diversity and distance, are said by a second network, which sees \(percent(judge.accuracy)) of the attributes of pictures "
        + "that it has not learned.",
      "Exact draws, and log Z(c), are of \(settings.referenceCount) draws of the trained prior for each caption, by their weights; the distance of "
        + "their row is that between two sets, the floor.",
      "Trained methods learn changes of rank \(posterior.prior.loraRank) of all linear layers in \(posterior.steps) steps of "
        + "\(posterior.batchSize) paths, \(posterior.conditionRepeats) of each caption, half of whose steps carry gradient, with Adam at "
        + "\(posterior.optimizer.learningRate), falling.",
      "Baselines have the settings of RTB and a row for each penalty that was tried; nothing is chosen. DDPO and DPOK make one update a "
        + "batch; DPOK at penalty 1 makes the posterior's own bound large. Guidance is without training; its weights are not towards "
        + "this posterior.",
      "The sheet of a caption has a row of twelve pictures for each row of the table.",
    ]
  }
}
