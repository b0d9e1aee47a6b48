import Catalogs
import Densities
import Kernels
import Samplers
import Storage
import Tasks

private let venkatraman = Reference(
  "Venkatraman, Jain, Scimeca, et al.", 2024,
  "Amortizing intractable inference in diffusion models for vision, language, and control",
  "arXiv:2405.20971, section 4.1")

/// Images from measurements, where the posterior is known.
let inverseStudies: [Study] = [
  Study(
    "rtb/inverse",
    "Images from half of their pixels or from coarser ones, under ten Gaussians in closed form.",
    references: [venkatraman]
  ) { try InverseStudy($0).run() }
]

/// Ten Gaussians around the mean digits of the classes, a prior in closed form, and measurements.
private struct InverseStudy {
  let desk: StudyDesk
  let settings: InverseSettings
  let mixture: JSONValue

  init(_ desk: StudyDesk) throws {
    self.desk = desk
    settings = InverseSettings(desk.preset)
    let digits = ImageSet.digits
    var config = GaussianMixtureConfig()
    config.standardDeviation = 0.3
    config.means = (0..<10).map { label in
      let pixels = digits.signedImages(of: [label], in: digits.training)
      let (d, count) = (digits.dimension, Double(pixels.count / digits.dimension))
      return (0..<d).map { j in
        stride(from: j, to: pixels.count, by: d).reduce(0) { $0 + Double(pixels[$1]) } / count
      }
    }
    mixture = try ConfigEncoder().encode(config)
  }

  func run() throws -> StudyTable {
    let prior = try desk.train(
      "prior", NamedDensity("gaussian-mixture", config: mixture), settings.prior)
    _ = try prior.run.checkpoint()
    return StudyTable(
      title: "inpainting and super-resolution, \(desk.preset.rawValue)",
      columns: InverseJudge.columns,
      rows: try [MeasurementKind.inpainting, .superResolution].flatMap { try rows($0, prior) },
      notes: notes)
  }

  private func rows(_ kind: MeasurementKind, _ prior: StudyRun) throws -> [StudyTable.Row] {
    let constraint = try NamedDensity(
      "measured-mixture",
      config: [
        "mixture": mixture,
        "measurement": [
          "matrix": [], "measurement": [], "kind": .string(kind.rawValue), "factor": 2,
          "deviation": JSONValue(settings.deviation),
        ],
      ])
    guard let density = constraint.density as? MeasuredMixture else {
      preconditionFailure("a measurement of something else")
    }
    let (judge, name) = (InverseJudge(density.law), kind.rawValue)
    var config = settings.posterior
    config.prior.run = prior.run.config.out
    let trained = try desk.train("rtb-\(name)", constraint, config)
    let draws = try trained.run.sample(settings.count, seed: desk.seed + 1)
    try paint(name, draws.x, dimension: density.dimension)
    let guided = try DenoisingGuidanceKind.allCases.map { kind in
      try self.guided("\(name): \(kind.rawValue.uppercased())", prior, density, kind, judge)
    }
    return [
      judge.exactRow("\(name): exact posterior, draws", settings.count, desk.seed),
      judge.row("\(name): prior", try prior.run.sample(settings.count, seed: desk.seed + 1).x),
      judge.row(
        "\(name): RTB", draws.x, logWeights: draws.logWeights, seconds: trained.seconds),
      judge.row("\(name): RTB, weighted", draws.x, logWeights: draws.logWeights, isWeighted: true),
    ] + guided
  }

  /// Guidance with the ζ whose mean comes nearest with other noise.
  private func guided(
    _ label: String, _ prior: StudyRun, _ density: MeasuredMixture, _ kind: DenoisingGuidanceKind,
    _ judge: InverseJudge
  ) throws -> StudyTable.Row {
    func row(_ scale: Double, _ count: Int, seed: UInt64) throws -> StudyTable.Row {
      let x = try prior.run.guided(
        count, seed: seed, by: density, Guidance(kind, scale: scale))
      return judge.row("\(label), scale \(scale)", x)
    }
    let tried = try settings.scales.map { scale in
      let miss = try row(scale, settings.tuningCount, seed: desk.seed + 2).values[0]
      return (scale, miss.map { $0.isFinite ? $0 : .infinity } ?? .infinity)
    }
    let best = tried.min { $0.1 < $1.1 } ?? (settings.scales[0], 0)
    return try row(best.0, settings.count, seed: desk.seed + 1)
  }

  private func paint(_ name: String, _ x: [Float], dimension: Int) throws {
    try ImageSheet(square: Array(x.prefix(100 * dimension)), dimension: dimension)?
      .picture(perRow: 10).write(to: "\(desk.folder)/\(name).png")
  }

  private var notes: [String] {
    [
      "The prior is ten Gaussians of deviation 0.3 around the mean digits of the classes. Its \(settings.prior.denoising.steps) steps from "
        + "noise are in closed form, with the exact mean and variance of each pixel, so that nothing of it is learned.",
      "What is measured, with noise of deviation \(settings.deviation), is a digit that was held back: its upper half, or the means "
        + "of squares of 4 pixels.",
      "Error of the mean: root mean square over pixels in units of the exact posterior's deviation; of \(settings.count) exact "
        + "draws it is about \(shortest(1 / Double(settings.count).squareRoot())). Error of the covariance: Frobenius norm of the "
        + "difference over that of the exact one.",
      "RTB begins as the prior and learns a correction to it, a network of \(settings.posterior.denoising.network.width) columns and a multiple of "
        + "the constraint's score, in \(settings.posterior.steps) steps of \(settings.posterior.batchSize) paths, in its log-variance form.",
      "DPS and LGD: the best of scales \(settings.scales) by the error of the mean of \(settings.tuningCount) other images.",
    ]
  }

  private func shortest(_ number: Double) -> String {
    "\((1000 * number).rounded() / 1000)"
  }
}

/// The numbers of the study of measurements, by preset.
private struct InverseSettings {
  var prior = RunConfig.withoutClipping
  var posterior = RunConfig.withoutClipping
  /// σ of what is measured.
  var deviation = 0.3
  /// Images that are judged, and as many to tune by.
  var count = 2000
  var tuningCount = 300
  /// ζ that guidance is tried with.
  var scales = [0.003, 0.01, 0.03, 0.1, 0.3]

  init(_ preset: Preset) {
    prior.method = .denoising
    prior.steps = 0
    prior.denoising.network.kind = .closedForm
    (prior.denoising.steps, prior.denoising.variance) = (40, .learned)
    prior.denoising.prediction = .velocity
    prior.denoising.schedule = .cosine
    posterior.prior.initialize = .correction
    (posterior.denoising.network.width, posterior.denoising.network.layers) = (128, 2)
    posterior.objective = "log-variance"
    (posterior.steps, posterior.batchSize) = (4000, 128)
    posterior.prior.stepFraction = 0.5
    posterior.optimizer.learningRate = 1e-3
    posterior.optimizer.schedule = "cosine"
    posterior.optimizer.clipNorm = 100
    posterior.checkpointEvery = 200
    switch preset {
    case .smoke: becomeSmoke()
    case .laptop: break
    case .paper:
      (posterior.steps, count) = (20_000, 20_000)
      (prior.denoising.steps, posterior.denoising.network.width) = (200, 512)
    }
  }

  private mutating func becomeSmoke() {
    (posterior.steps, posterior.batchSize) = (3, 8)
    (prior.denoising.steps, posterior.denoising.network.width) = (6, 16)
    (count, tuningCount, scales) = (70, 70, [0.1])
  }
}

/// Judges images by the moments of the posterior, which are known.
private struct InverseJudge {
  static let columns = [
    "error of the mean", "error of the covariance", "log Z error", "effective share", "training s",
  ]

  private let law: MixturePosterior
  private let mean, covariance: [Double]

  init(_ law: MixturePosterior) {
    (self.law, mean, covariance) = (law, law.mean, law.covariance)
  }

  func row(
    _ label: String, _ x: [Float], logWeights: [Double] = [], isWeighted: Bool = false,
    seconds: Double? = nil
  ) -> StudyTable.Row {
    let (d, count) = (mean.count, x.count / mean.count)
    let top = logWeights.max() ?? 0
    let weights = isWeighted ? logWeights.map { scalarExp($0 - top) } : []
    let total = isWeighted ? weights.reduce(0, +) : Double(count)
    func weight(_ row: Int) -> Double { (isWeighted ? weights[row] : 1) / total }
    let own = (0..<d).map { j in
      (0..<count).reduce(0) { $0 + weight($1) * Double(x[$1 * d + j]) }
    }
    var (miss, square) = (0.0, 0.0)
    for i in 0..<d {
      for j in 0..<d {
        let entry = (0..<count).reduce(0) { sum, row in
          sum + weight(row) * (Double(x[row * d + i]) - own[i]) * (Double(x[row * d + j]) - own[j])
        }
        let truth = covariance[i * d + j]
        miss += (entry - truth) * (entry - truth)
        square += truth * truth
      }
    }
    let errors = (0..<d).map {
      (own[$0] - mean[$0]) * (own[$0] - mean[$0]) / covariance[$0 * d + $0]
    }
    let hasWeights = !logWeights.isEmpty
    return StudyTable.Row(
      label: label,
      values: [
        (errors.reduce(0, +) / Double(d)).squareRoot(), (miss / square).squareRoot(),
        hasWeights ? (logMean(logWeights) - law.logEvidence).magnitude : nil,
        hasWeights ? effectiveShare(logWeights) : nil, seconds,
      ])
  }

  func exactRow(_ label: String, _ count: Int, _ seed: UInt64) -> StudyTable.Row {
    var x = [Float](repeating: 0, count: count * mean.count)
    law.sample(count, firstRow: 0, RandomStream(seed: seed).folding(.exactSamples), into: &x)
    return row(label, x)
  }
}
