import Densities
import Experiments
import Samplers
import Storage
import TestSupport
import Testing

@Suite("Every experiment")
struct ExperimentTests {
  private static let densities = Set(experiments.map(\.density)).sorted()

  @Test("has settings that make a run, in every preset", arguments: densities)
  func settings(density: String) throws {
    let named = try NamedDensity(density)
    for experiment in experiments where experiment.density == density {
      for preset in Preset.allCases {
        let settings = experiment(preset)
        try settings.run.validate()
        #expect(settings.run.out.isEmpty && settings.run.seed == 0)
        // Opening the buffers of the largest takes memory that a test should not.
        if preset == .smoke, !experiment.hasPrior { _ = try Run(named, config: settings.run) }
      }
    }
  }

  @Test("has the published iterations and batches in the preset paper, and fewer in others")
  func iterations() {
    for experiment in experiments where experiment.isOfSamplers {
      let paper = experiment(.paper).run
      #expect(paper.steps == (paper.network.langevin == .on ? 10_000 : 25_000))
      #expect(paper.batchSize == 300 && paper.process.steps == 100)
      #expect(paper.optimizer.schedule == "constant" && paper.optimizer.learningRate == 1e-3)
      #expect(experiment(.smoke).run.steps < 100)
      #expect((500...paper.steps).contains(experiment(.laptop).run.steps))
    }
  }

  @Test("says in its name what it does")
  func names() throws {
    for experiment in experiments where experiment.isOfSamplers {
      let run = experiment(.paper).run
      let parts = Set(experiment.name.split(separator: "-").map(String.init))
      let isSearching = parts.contains("ls") || parts.contains("pt")
      let hasScore = parts.contains("lp") || parts.contains("dds") || parts.contains("dis")
      #expect((run.network.langevin == .on) == hasScore)
      #expect((run.exploration.standardDeviation > 0) == parts.contains("expl"))
      #expect((run.offPolicy.source == .localSearch) == isSearching)
      #expect(run.flow.forwardLooking == parts.contains("fl"))
      let isNew =
        experiment.name.contains("many-well-64-vargrad-expl-lp-ls")
        || experiment.name.contains("many-well-128-vargrad-expl-lp-ls")
      #expect(experiment.isOurs == (parts.contains("pt") || isNew))
      #expect(run.process.kind == "pinned-brownian" || !parts.isDisjoint(with: ["dds", "dis"]))
    }
    #expect(Set(experiments.map(\.name)).count == experiments.count)
  }
}

extension Experiment {
  /// Whether it is one on diffusion samplers.
  fileprivate var isOfSamplers: Bool { callAsFunction(.paper).run.method == .paths && !hasPrior }
}

@Suite("Every experiment on posteriors")
struct PosteriorExperimentTests {
  @Test("has a prior of the same process, and the published sizes in the preset paper")
  func sizes() throws {
    let all = experiments.filter(\.hasPrior)
    #expect(all.count == 5)
    for experiment in all {
      let paper = experiment(.paper).run
      #expect(paper.batchSize == 500 && (paper.steps == 5000 || paper.steps == 0))
      #expect(paper.network.langevin == .on || !experiment.name.hasSuffix("langevin"))
    }
  }

  @Test("runs from its prior to its figures, and goes on from both")
  func smoke() throws {
    let folder = try ScratchFolder()
    let experiment = try #require(experiments.first { $0.name == "rtb/25gmm" })
    let small: JSONValue = ["steps": 4]
    let reproduction = try Reproduction(
      experiment, .smoke, overrides: small, folder: folder("rtb"))
    let prior = try #require(try reproduction.openPrior())
    try prior.train()
    let run = try reproduction.open(0)
    try run.train()
    let result = try run.evaluate()
    #expect(result.evaluation["prior-mode-weight-distance"] != nil)
    #expect(result.evaluation["log-normalizer"]?.truth == 0)
    #expect(try reproduction.result(of: 0) == result)
    #expect(try reproduction.openPrior()?.stepsDone == prior.stepsDone)
    let other = try Reproduction(
      experiment, .smoke,
      overrides: ["steps": 4, "prior": ["run": .string(reproduction.folderOfPrior)]],
      folder: folder("other"))
    #expect(try other.openPrior() == nil)
    let same = try other.open(0)
    try same.train()
    #expect(same.run.checksum == run.run.checksum)
  }
}

@Suite("Published numbers")
struct PublishedNumberTests {
  private func row(_ name: String, _ table: String) throws -> PublishedRow {
    let experiment = try #require(experiments.first { $0.name == "gfn-diffusion/" + name })
    return try #require(experiment.published.first { $0.table.hasPrefix(table) })
  }

  @Test("are the printed ones")
  func values() throws {
    let search = try row("25gmm-tb-expl-ls", "Sendera")
    #expect(search[.boundError]?.value == 0.171 && search[.weightedError]?.value == 0.004)
    #expect(search[.boundError]?.standardDeviation == 0.013)
    #expect(search[.wasserstein2]?.value == 1.25 && search[.wasserstein2]?.standardDeviation == nil)
    #expect(try row("many-well-32-vargrad-expl-lp-ls", "Sendera")[.weightedError]?.value == 0.02)
    #expect(try row("funnel-tb-expl-lp", "Sendera")[.weightedError]?.value == 0.051)
    #expect(try row("lgcp-pis-lp", "Sendera")[.elbo]?.value == 471.45)
    #expect(try row("many-well-128-tb-expl-lp", "Sendera")[.boundError]?.value == 46.4)
    #expect(try row("many-well-64-tb", "Kim")[.gap]?.value == 544.4)
    #expect(try row("many-well-64-tb-pt", "Kim")[.gap]?.standardDeviation == 0.22)
    #expect(try row("many-well-128-vargrad-lp-pt", "Kim")[.energyCalls]?.value == 20_000_000)
  }

  @Test("are all used, each where its method and density are")
  func count() {
    // 13 methods on four densities, 14 on codes, 6 on the many-well-128; 9 on three many-wells and one more, and
    // their competitor beside our three methods on each, and beside a fourth on the two larger ones.
    let rows = experiments.reduce(0) { $0 + $1.published.count }
    #expect(rows == 52 + 14 + 6 + 28 + 9 + 2)
    #expect(experiments.allSatisfy { !$0.published.isEmpty || $0.hasPrior })
  }

  @Test("agree with one another")
  func consistency() {
    for row in experiments.flatMap(\.published) {
      if let bound = row[.boundError], let weighted = row[.weightedError] {
        #expect(weighted.value <= bound.value)
      }
      if let upper = row[.eubo], let lower = row[.elbo], let gap = row[.gap] {
        // They are means of their own, and printed with few digits.
        #expect((upper.value - lower.value - gap.value).magnitude < 0.02 * gap.value)
      }
    }
  }
}
