import Catalogs
import Densities
import Samplers
import Storage
import Tasks

private let venkatraman = Reference(
  "Venkatraman, Jain, Scimeca, et al.", 2024,
  "Amortizing intractable inference in diffusion models for vision, language, and control",
  "arXiv:2405.20971, section 4.3")

/// Policies of small problems, whose truth is known.
let decisionsStudies: [Study] = [
  Study(
    "rtb/bandit", "Policies in three states with a known best answer, from a behaviour's actions.",
    references: [venkatraman]
  ) { try DecisionsStudy($0, "bandit", .bandit, temperature: 0.5).run() },
  Study(
    "rtb/mdp",
    "Policies on a chain of five states with a known best answer, from a behaviour's steps.",
    references: [venkatraman]
  ) { try DecisionsStudy($0, "chain", .chain, temperature: 0.15).run() },
]

/// One problem: a prior of the behaviour's actions, critics, and the policy of each method.
private struct DecisionsStudy {
  let desk: StudyDesk
  let name: String
  let problem: SmallDecisions
  let temperature: Double
  let settings: DecisionsSettings
  let judge: DecisionsJudge

  init(
    _ desk: StudyDesk, _ name: String, _ problem: SmallDecisions, temperature: Double
  ) {
    (self.desk, self.name, self.problem) = (desk, name, problem)
    self.temperature = temperature
    settings = DecisionsSettings(desk.preset)
    judge = DecisionsJudge(
      problem, expectile: settings.critic.expectile, temperature: temperature)
  }

  func run() throws -> StudyTable {
    let prior = try desk.train("prior", actions(inverseTemperature: 0), settings.prior)
    var rows = [judge.exactRow(settings.count, desk.seed), try drawn("prior: behaviour", prior)]
    for isExact in [true, false] {
      let worth = isExact ? "exact Q" : "learned Q"
      let constraint = try constraint(isExact: isExact)
      rows.append(try weighted("prior, weighted, \(worth)", prior, constraint))
      for way in Way.allCases {
        let label = "RTB, \(way.words), \(worth)"
        let file = "rtb-\(way.rawValue)-\(isExact ? "exact" : "learned")"
        rows.append(
          try drawn(label, desk.train(file, constraint, settings.posterior(of: prior, by: way))))
      }
      rows.append(try guided("guidance by the slope of Q, \(worth)", prior, constraint))
      let better = try actions(inverseTemperature: 1 / temperature, isExact: isExact)
      let file = "weighted-\(isExact ? "exact" : "learned")"
      rows.append(
        try drawn("advantage-weighted, \(worth)", desk.train(file, better, settings.prior)))
    }
    return StudyTable(
      title: "\(name), \(desk.preset.rawValue)", columns: DecisionsJudge.columns, rows: rows,
      notes: notes)
  }

  private func drawn(_ label: String, _ trained: StudyRun) throws -> StudyTable.Row {
    let isPosterior = trained.run.config.prior.isSet
    let draws = try trained.run.sample(settings.count * problem.states, seed: desk.seed + 1)
    return judge.row(
      label, draws.x, logWeights: isPosterior ? draws.logWeights : [], seconds: trained.seconds)
  }

  /// Draws of the prior with weights r: the policy that any posterior under the trained prior can come near to.
  private func weighted(
    _ label: String, _ prior: StudyRun, _ constraint: NamedDensity
  ) throws -> StudyTable.Row {
    var config = settings.posterior(of: prior, by: .own)
    config.steps = 0
    let start = try desk.train(
      label.hasSuffix("exact Q") ? "start-exact" : "start-learned", constraint, config)
    let draws = try start.run.sample(10 * settings.count * problem.states, seed: desk.seed + 3)
    return judge.row(label, draws.x, logWeights: draws.logWeights, isWeighted: true)
  }

  /// Guidance with the ζ whose policy comes nearest to the exact one with other noise.
  private func guided(
    _ label: String, _ prior: StudyRun, _ constraint: NamedDensity
  ) throws -> StudyTable.Row {
    guard let density = constraint.density as? any DifferentiableDensity else {
      preconditionFailure("a value without a slope")
    }
    func row(_ scale: Double, seed: UInt64) throws -> StudyTable.Row {
      let actions = try prior.run.guided(
        settings.count * problem.states, seed: seed, by: density, Guidance(.dps, scale: scale))
      return judge.row("\(label), scale \(scale)", actions)
    }
    let tried = try settings.scales.map { scale in
      (scale, try row(scale, seed: desk.seed + 2).values[0] ?? .infinity)
    }
    let best = tried.min { $0.1 < $1.1 } ?? (settings.scales[0], 0)
    return try row(best.0, seed: desk.seed + 1)
  }

  private func decisions(isExact: Bool) throws -> JSONValue {
    [
      "data": .string(name), "rows": .integer(Int64(settings.rows)), "exact": .bool(isExact),
      "critic": try ConfigEncoder().encode(settings.critic),
    ]
  }

  private func constraint(isExact: Bool) throws -> NamedDensity {
    if !isExact { desk.say("critics: \(settings.critic.steps) steps") }
    return try NamedDensity(
      "action-value",
      config: [
        "decisions": try decisions(isExact: isExact), "temperature": JSONValue(temperature),
      ])
  }

  private func actions(
    inverseTemperature: Double, isExact: Bool = true
  ) throws -> NamedDensity {
    try NamedDensity(
      "actions",
      config: [
        "decisions": try decisions(isExact: isExact),
        "inverse_temperature": JSONValue(inverseTemperature),
      ])
  }

  private var notes: [String] {
    [
      "The exact policy is behaviour × exp((Q - V) / \(temperature)), by quadrature; V is the "
        + "\(settings.critic.expectile)-expectile of Q under the behaviour. Distances are means over "
        + "\(problem.states) states with \(settings.count) actions each.",
      "Prior and advantage-weighted policies are denoising models of \(settings.rows) transitions, in "
        + "\(settings.prior.steps) steps of \(settings.prior.batchSize); critics learn from the same, in "
        + "\(settings.critic.steps) steps.",
      "RTB begins as the prior and learns all weights in \(settings.steps) steps of \(settings.batchSize) paths. Log-variance "
        + "compares \(settings.repeats) paths of one state; with paths of the prior every second step's are the prior's own. "
        + "Trajectory balance learns log Z(s), and every second step's paths end in actions of the data.",
      "Guidance is diffusion posterior sampling with the best of scales \(settings.scales) by the distance of other draws. "
        + "Guided and advantage-weighted policies have no weights.",
    ]
  }
}

/// How relative trajectory balance learns a policy.
enum Way: String, CaseIterable {
  case own
  case prior
  case data

  var words: String {
    switch self {
    case .own: "log-variance"
    case .prior: "log-variance, paths of the prior"
    case .data: "log Z(s), actions of the data"
    }
  }
}
