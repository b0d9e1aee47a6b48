import Foundation
import Storage
import Testing

@Suite("A published row")
struct ReproductionTests {
  private let program: Program

  init() throws { program = try Program() }

  @Test(
    "is run again from start to table",
    arguments: ["25gmm-tb-expl-ls", "many-well-64-vargrad-lp-pt", "funnel-fl-subtb-lp"])
  func smoke(name: String) throws {
    defer { program.cleanUp() }
    let line = ["reproduce", "gfn-diffusion/" + name, "--preset", "smoke", "--out", "r"]
    let text = try program(line + ["--seeds", "2", "--seed", "4"])
    #expect(text.status == 0)
    #expect(text.output.contains("ours, mean of 2 seeds"))
    #expect(text.output.contains("smoke: 30 of the"))
    #expect(text.messages.contains("seed 5: 30 steps in r/seed-5"))
    let json = try program(line + ["--seeds", "2", "--seed", "4", "--json"])
    #expect(json.messages == "seed 4: finished before\nseed 5: finished before\n")
    let table = try json.json()
    #expect(table["seeds"]?.array?.map { $0["seed"]?.integer } == [4, 5])
    #expect(table["provenance"]?["command"]?.string?.contains("reproduce") == true)
    let file = try JSONValue(
      parsing: String(contentsOfFile: program.path("r/table.json"), encoding: .utf8))
    #expect(file["seeds"] == table["seeds"] && file["published"] == table["published"])
    let markdown = try String(contentsOfFile: program.path("r/table.md"), encoding: .utf8)
    let lines = markdown.split(separator: "\n")
    let other = name.hasSuffix("pt") ? "| compare: SGDS" : "| published: "
    for start in [other, "| seed 4 | ", "| seed 5 | ", "| **ours, mean of 2 seeds** | "] {
      #expect(lines.contains { $0.hasPrefix(start) })
    }
  }

  @Test("that is stopped goes on by the same command, to the same figures")
  func interruption() throws {
    defer { program.cleanUp() }
    let line = [
      "reproduce", "gfn-diffusion/25gmm-tb-expl-ls", "--preset", "smoke", "--set", "report_every=1",
    ]
    let (stopped, settings) = try interrupted(line)
    #expect(stopped.status == 128 + SIGINT)
    #expect(stopped.messages.contains("stopped in seed 0 at step"))
    #expect(stopped.messages.contains("To go on:"))
    let resumed = try program(line + settings + ["--out", settings[1], "--json"])
    #expect(resumed.messages.contains("done before"))
    let straight = try program(line + settings + ["--out", "straight", "--json", "--quiet"])
    #expect(straight.messages.isEmpty)
    let rows = try [resumed, straight].map { try #require($0.json()["seeds"]?.array?.first) }
    for figure in ["elbo", "eubo", "log-normalizer", "wasserstein-2", "modes-found"] {
      #expect(rows[0]["figures"]?[figure] == rows[1]["figures"]?[figure])
    }
    #expect(rows[0]["parameters"] == rows[1]["parameters"])
  }

  /// A run stopped before its end; one that is too quick for the signal is tried again, longer.
  private func interrupted(_ line: [String]) throws -> (Program.Outcome, [String]) {
    var steps = 300
    while true {
      let settings = ["--set", "steps=\(steps)"]
      let outcome = try program.interrupting(
        line + settings + ["--out", settings[1]], out: settings[1] + "/seed-0", by: SIGINT)
      if outcome.status != 0 || steps > 1_000_000 { return (outcome, settings) }
      steps *= 4
    }
  }

  @Test("is listed")
  func list() throws {
    defer { program.cleanUp() }
    let list = try program(["reproduce", "--list"]).output
    #expect(list == (try program(["list", "experiments"]).output))
    #expect(list.contains("gfn-diffusion/25gmm-tb "))
    let text = try program(["describe", "gfn-diffusion/25gmm-tb"]).output
    #expect(
      text.contains("bound-error = 1.176") && text.contains("reproduce gfn-diffusion/25gmm-tb"))
  }
}
