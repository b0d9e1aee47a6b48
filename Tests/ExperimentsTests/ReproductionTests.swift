import Experiments
import Samplers
import Storage
import TestSupport
import Testing
import Training

/// Stops training after the report on a step.
private final class Stop: TrainingListener {
  private let step: Int
  init(after step: Int) { self.step = step }
  func receive(_ event: TrainingEvent) throws {
    if case .step(let report) = event, report.step == step { throw Cancelled() }
  }
  func poll() {}
}

@Suite("Running an experiment again")
struct ReproductionTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  private func reproduction(
    _ name: String, _ overrides: JSONValue = [:], at place: String = "a"
  ) throws -> Reproduction {
    let experiment = try #require(experiments.first { $0.name == "gfn-diffusion/" + name })
    return try Reproduction(experiment, .smoke, overrides: overrides, folder: folder(place))
  }

  private func finish(_ reproduction: Reproduction, _ seed: UInt64) throws -> SeedResult {
    let seedRun = try reproduction.open(seed)
    try seedRun.train()
    return try seedRun.evaluate()
  }

  @Test(
    "after an interruption gives the figures of never having stopped",
    arguments: ["25gmm-tb-expl-ls", "many-well-32-vargrad-lp-pt", "funnel-fl-subtb"])
  func resumption(name: String) throws {
    let straight = try finish(reproduction(name), 3)
    let broken = try reproduction(name, at: "b")
    let first = try broken.open(3)
    #expect(throws: Cancelled.self) { try first.train(Stop(after: 20)) }
    #expect(try broken.result(of: 3) == nil)
    let second = try broken.open(3)
    #expect(second.run.stepsDone == 20)
    try second.train()
    let result = try second.evaluate()
    #expect(result.evaluation == straight.evaluation)
    #expect(result.energyCalls == straight.energyCalls)
    #expect(result.trainingSeconds > 0)
  }

  @Test("does not run what is finished, unless the settings are others")
  func finished() throws {
    let plan = try reproduction("25gmm-tb")
    let result = try finish(plan, 0)
    #expect(try plan.result(of: 0) == result)
    #expect(try plan.result(of: 1) == nil)
    let other = try reproduction("25gmm-tb", ["batch_size": 30])
    let refusal = #expect(throws: ConfigError.self) { try other.result(of: 0) }
    #expect(refusal?.description.contains("run.batch_size") == true)
    try writeAtomically("{", to: folder("a/seed-0/result.json"))
    #expect(throws: StorageError.self) { try plan.result(of: 0) }
  }

  @Test("decides seed and folder by itself", arguments: ["seed", "out", "resume"])
  func reserved(key: String) throws {
    let tree = try JSONValue(settings: ["\(key)=1"])
    #expect(throws: ConfigError.self) { try reproduction("25gmm-tb", tree) }
  }

  @Test("says in what it is not the published run")
  func notes() throws {
    let notes = try reproduction("25gmm-tb", ["network": ["width": 32]]).notes
    #expect(notes.contains("smoke: 30 of the 25000 iterations published"))
    #expect(notes.contains("smoke: network.width is 32, 64 published"))
    #expect(notes.contains { $0.hasPrefix("Figures rest on") })
    let experiment = try reproduction("25gmm-tb").experiment
    let paper = try Reproduction(experiment, .paper, folder: "p")
    #expect(try paper.notes == experiment.deviations)
  }

  @Test("puts published numbers, seeds and their mean into one table")
  func table() throws {
    let plan = try reproduction("many-well-32-tb")
    let results = try [finish(plan, 0), finish(plan, 1)]
    let table = ReproductionTable(plan, results, provenance: ["date": "today"])
    let elbos = try results.map { try #require($0[.elbo]).value }
    #expect(table.results.mean(.elbo)?.value == (elbos[0] + elbos[1]) / 2)
    let deviation = try #require(table.results.standardDeviation(.elbo))
    #expect((deviation - (elbos[0] - elbos[1]).magnitude / 2.0.squareRoot()).magnitude < 1e-9)
    let error = try #require(results[0][.boundError])
    #expect(abs(error.value - (164.695675 - elbos[0])) < 1e-5)
    #expect(error.low < error.value && error.value < error.high)
    let upper = try #require(results[0][.eubo]).value
    #expect(results[0][.gap]?.value == upper - elbos[0])
    #expect(results[0][.wasserstein2]?.floor != nil && results[0][.modesFound]?.truth == 32)
    let json = try table.json
    #expect(json["seeds"]?.array?.count == 2 && json["published"]?.array?.count == 2)
    #expect(json["seeds"]?.array?[0]["figures"]?["elbo"]?["value"]?.double == elbos[0])
    #expect(json["summary_over_seeds"]?["elbo"]?["standard_deviation"]?.double == deviation)
    #expect(json["provenance"]?["date"] == "today")
    let one = ReproductionTable(plan, [results[0]], provenance: [:])
    #expect(
      one.results.standardDeviation(.elbo) == nil && one.results.mean(.elbo) == results[0][.elbo])
  }

  @Test(
    "counts the wells of a many-well that are missed",
    arguments: [
      (2.708, "every left well missed"), (0, "no left well missed"), (-1, "no left well missed"),
      (0.9, "about 5 of 16 left wells missed"), (9, "every left well missed, and more than that"),
      (.infinity, "every left well missed, and more than that"),
    ] as [(Double, String)])
  func wells(error: Double, words: String) {
    #expect(MissedWells(error: error, loss: 0.169239, pairs: 16).words == words)
  }

  @Test("finds the name that was meant")
  func nearest() {
    #expect(nearestExperiment(to: "gfn-diffusion/25gm-tb") == "gfn-diffusion/25gmm-tb")
    #expect(nearestExperiment(to: "many-well-32-tb-pt") == "gfn-diffusion/many-well-32-tb-pt")
    #expect(nearestExperiment(to: "something else altogether") == nil)
  }
}
