import Foundation
import Storage
import Testing

@Suite("A signal")
struct InterruptionTests {
  private let program: Program
  private static let line = ["train", "9gmm", "--json"] + Program.tiny

  init() throws { program = try Program() }

  @Test(
    "stops training with its status, and resuming gives the bits of never having stopped",
    arguments: [SIGINT, SIGTERM, SIGHUP])
  func resume(signal: Int32) throws {
    defer { program.cleanUp() }
    let (stopped, steps) = try interrupted(by: signal)
    #expect(stopped.status == 128 + signal)
    let step = try #require(stopped.json()["step"]?.integer)
    #expect(try stopped.json()["finished"] == false && step >= 1)
    #expect(stopped.messages.contains("stopped at step \(step) of \(steps); saved in run"))
    #expect(stopped.messages.contains("--steps \(steps) --resume"))

    let line = Self.line + ["--steps", "\(steps)", "--quiet"]
    let resumed = try program(line + ["--out", "run\(steps)", "--resume"]).json()
    let straight = try program(line + ["--out", "other"]).json()
    #expect(resumed["step"]?.integer == steps && resumed["finished"] == true)
    #expect(resumed["checksum"]?.string == straight["checksum"]?.string)
    // What the step that was broken off cost was spent, and is counted.
    let spent = try #require(resumed["energy_calls"]?.integer)
    #expect(spent >= straight["energy_calls"]?.integer ?? .max)
  }

  /// A run stopped before its end; one that is too quick for the signal is tried again, longer.
  private func interrupted(by signal: Int32) throws -> (Program.Outcome, steps: Int64) {
    var steps: Int64 = 300
    while true {
      let out = "run\(steps)"
      let outcome = try program.interrupting(
        Self.line + ["--out", out, "--steps", "\(steps)"], out: out, by: signal)
      if outcome.status != 0 || steps > 1_000_000 { return (outcome, steps) }
      steps *= 4
    }
  }

  @Test("leaves a run that remembers its density and settings")
  func memory() throws {
    defer { program.cleanUp() }
    let line = ["train", "gaussian", "--density-set", "dimension=3", "--out", "run"] + Program.tiny
    _ = try program(line + ["--steps", "4"])
    let resumed = try program(
      ["train", "--out", "run", "--resume", "--steps", "6", "--json", "--quiet"]
    ).json()
    #expect(resumed["density"]?["dimension"] == 3 && resumed["step"] == 6)
    #expect(resumed["config"]?["network"]?["width"] == 16)
    let again = try program(line + ["--steps", "6", "--resume"])
    #expect(again.output.hasPrefix("Nothing to do"))
  }
}
