import Foundation
import Storage
import Testing

@Suite("A signal")
struct InterruptionTests {
  private let program: Program
  // Without exploration, the number of steps decides nothing but the end.
  private static let settings = Program.tiny + ["--set", "exploration.standard_deviation=0"]
  private static let endless = ["--steps", "100000000"]

  init() throws { program = try Program() }

  @Test(
    "stops training with its status, and nothing is lost",
    arguments: [SIGINT, SIGTERM, SIGHUP])
  func resume(signal: Int32) throws {
    defer { program.cleanUp() }
    let line = ["train", "9gmm", "--out", "run", "--json"] + Self.settings
    let stopped = try program.interrupting(line + Self.endless, out: "run", by: signal)
    #expect(stopped.status == 128 + signal)
    let first = try stopped.json()
    let step = try #require(first["step"]?.integer)
    #expect(first["finished"] == false && step >= 1)
    #expect(stopped.messages.contains("stopped at step \(step) of 100000000; saved in run."))
    #expect(stopped.messages.contains("--steps 100000000 --resume"))

    let steps = ["--steps", String(step + 3), "--quiet"]
    let resumed = try program(line + steps + ["--resume"]).json()
    let straight = try program(
      ["train", "9gmm", "--out", "other", "--json"] + Self.settings + steps
    ).json()
    #expect(resumed["step"]?.integer == step + 3)
    #expect(resumed["checksum"] == straight["checksum"])
    // What the step that was broken off cost was spent, and is counted.
    let spent = try #require(resumed["energy_calls"]?.integer)
    #expect(spent >= straight["energy_calls"]?.integer ?? .max)
  }

  @Test("leaves a run that remembers its density and settings")
  func memory() throws {
    defer { program.cleanUp() }
    let line = ["train", "gaussian", "--density-set", "dimension=3", "--out", "run"]
    _ = try program(line + Self.settings + ["--steps", "4"])
    let resumed = try program(
      ["train", "--out", "run", "--resume", "--steps", "6", "--json", "--quiet"]
    ).json()
    #expect(resumed["density"]?["dimension"] == 3 && resumed["step"] == 6)
    #expect(resumed["config"]?["network"]?["width"] == 16)
    let again = try program(line + Self.settings + ["--steps", "6", "--resume"])
    #expect(again.output.hasPrefix("Nothing to do"))
  }
}
