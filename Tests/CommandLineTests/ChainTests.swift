import Foundation
import Storage
import Testing

@Suite("Drawing without training")
struct ChainTests {
  private let program: Program

  init() throws { program = try Program() }

  @Test("prints figures, or one object, and writes a file")
  func drawing() throws {
    defer { program.cleanUp() }
    let arguments = [
      "mcmc", "banana", "--draws", "60", "--warm-up", "60", "--chains", "3", "--seed", "2",
    ]
    let table = try program(arguments)
    #expect(table.status == 0 && table.output.contains("r-hat") && table.output.contains("by hmc"))
    let json = try program(arguments + ["--json", "--out", "draws.npy"]).json()
    #expect(json["chains"]?.integer == 3 && json["draws"]?.integer == 60)
    #expect(json["config"]?["method"]?.string == "hmc")
    #expect(json["metrics"]?.array?.count == 4 && json["r_hat"]?.array?.count == 2)
    #expect(try table.output.contains(#require(json["checksum"]?.string)))
  }

  @Test("says what is wrong")
  func mistakes() throws {
    defer { program.cleanUp() }
    for (arguments, hint) in [
      (["banana", "--method", "hcm"], "hmc"), (["bananas"], "banana"),
      (["banana", "--set", "sweeps=2"], "sweeps"), (["banana", "--out", "x.csv"], ".npy"),
      (["banana", "--method", "stretch", "--chains", "2"], "at least 4 chains"),
      (["banana", "--energy-calls", "3"], "energy_calls"),
      (["banana", "--out", "nowhere/x.npy"], "no folder 'nowhere'"),
    ] {
      let outcome = try program(["mcmc"] + arguments)
      #expect(outcome.status != 0 && outcome.messages.contains(hint), "\(outcome.messages)")
    }
  }

  @Test("keeps reference draws that pass, and others only by force")
  func references() throws {
    defer { program.cleanUp() }
    let good = try program([
      "reference", "gaussian", "-n", "1600", "--set", "thin=5", "--set", "temperatures=3", "--out",
      "good.npy",
    ])
    #expect(good.status == 0 && good.output.contains("written"), "\(good.messages)")
    let bad = [
      "reference", "many-well", "--density-set", "dimension=2", "-n", "400", "--method", "mala",
      "--set", "thin=1", "--set", "warm_up=100", "--out", "bad.npy",
    ]
    let refused = try program(bad)
    #expect(refused.status == 1 && refused.messages.contains("r-hat"))
    let forced = try program(bad + ["--force", "--json"])
    #expect(try forced.status == 0 && forced.json()["passed"]?.bool == false)
  }

  @Test("makes draws of a run exact, or refuses")
  func exactness() throws {
    defer { program.cleanUp() }
    let settings = ["--steps", "3", "--set", "network.width=8", "--set", "process.steps=8"]
    _ = try program(["train", "gaussian", "--out", "run", "--quiet"] + settings)
    let arguments = ["sample", "run", "-n", "800", "--exact"]
    let json = try program(arguments + ["importance", "--json"]).json()
    #expect(json["count"]?.integer == 800)
    #expect(json["exact"]?["metrics"]?.array?.isEmpty == false)
    _ = try program(
      ["train", "many-well", "--density-set", "dimension=16", "--out", "wells", "--quiet"]
        + settings)
    let refused = try program(["sample", "wells", "-n", "800", "--exact", "independence"])
    #expect(refused.status == 1 && refused.messages.contains("Pareto k"))
    #expect(try program(arguments + ["magic"]).status == 2)
  }
}
