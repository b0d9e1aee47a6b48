import Experiments
import Storage
import TestSupport
import Testing

@Suite("Chains beside a reproduced row")
struct OpponentTests {
  func reproduction(_ name: String, in folder: ScratchFolder) throws -> Reproduction {
    let experiment = try #require(experiments.first { $0.name == name })
    return try Reproduction(experiment, .smoke, overrides: ["steps": 60], folder: folder("rows"))
  }

  func trained(_ reproduction: Reproduction) throws -> SeedResult {
    let run = try reproduction.open(3)
    try run.train()
    return try run.evaluate()
  }

  @Test("spend no more than the sampler did, are kept, and are named where they are nearer")
  func budget() throws {
    let folder = try ScratchFolder()
    let reproduction = try reproduction("gfn-diffusion/25gmm-tb", in: folder)
    let result = try trained(reproduction)
    let cells = try reproduction.opponents(of: result)
    #expect(cells.count == 3)
    let rows = try cells.map { try reproduction.row(of: $0) }
    for row in rows where row.failure.isEmpty {
      #expect(row.energyCalls <= result.energyCalls && row.energyCalls > result.energyCalls / 2)
    }
    #expect(cells.map { reproduction.finishedRow(of: $0) } == rows)
    let table = ReproductionTable(reproduction, [result], opponents: rows, provenance: .null)
    // An untrained sampler of 25 modes is no match for tempered chains.
    #expect(table.nearer.contains { $0.method == "parallel tempering" })
  }

  @Test("share the budget out among conditions, and say where that is too little")
  func conditions() throws {
    let folder = try ScratchFolder()
    let reproduction = try reproduction("gfn-diffusion/vae-vargrad-expl", in: folder)
    let cells = try reproduction.opponents(of: trained(reproduction))
    #expect(cells.count == 1)
    let row = try reproduction.row(of: #require(cells.first))
    #expect(row.failure.contains("give more energy_calls"), "\(row.failure)")
  }

  @Test("give particles of a condition the evaluations of nineteen stages")
  func stages() throws {
    let folder = try ScratchFolder()
    let reproduction = try reproduction("gfn-diffusion/vae-vargrad-expl", in: folder)
    let result = try trained(reproduction)
    let text = try ConfigEncoder().encode(result).compact.replacing(
      "\"energy_calls\":\(result.energyCalls)", with: "\"energy_calls\":100000000")
    let long = try ConfigDecoder().decode(SeedResult.self, from: JSONValue(parsing: text))
    let cells = try reproduction.opponents(of: long)
    let particles = try #require(cells.first?.method.settings["draws"]?.integer)
    // 100 digits are judged.
    #expect(particles == 100_000_000 / 100 / 100)
  }

  @Test("stay away from posteriors of a prior")
  func none() throws {
    let folder = try ScratchFolder()
    let other = try trained(reproduction("gfn-diffusion/25gmm-tb", in: folder))
    #expect(try reproduction("rtb/25gmm", in: folder).opponents(of: other).isEmpty)
  }
}
