import Foundation
import Testing

/// Help is read by people: a change shows as a difference in `Snapshots`.
///
/// With TIGHTROPE_WRITE_SNAPSHOTS set, the files are written instead.
@Suite("Help")
struct HelpTests {
  private static let snapshots = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Snapshots")

  @Test(
    "teaches each command",
    arguments: [
      "tightrope", "train", "sample", "evaluate", "likelihood", "report", "mcmc", "reference",
      "prepare", "bench", "reproduce", "list", "describe", "cite", "doctor",
    ])
  func snapshot(command: String) throws {
    let program = try Program()
    defer { program.cleanUp() }
    let outcome = try program((command == "tightrope" ? [] : [command]) + ["--help"])
    #expect(outcome.status == 0)
    #expect(outcome.messages.isEmpty)
    let file = Self.snapshots.appendingPathComponent(command + ".txt")
    if ProcessInfo.processInfo.environment["TIGHTROPE_WRITE_SNAPSHOTS"] != nil {
      try outcome.output.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(try outcome.output == String(contentsOf: file, encoding: .utf8))
    #expect(
      outcome.output.split(separator: "\n").allSatisfy { $0.count <= 80 || $0.contains("USAGE") })
  }

  @Test("comes without a command, by option and by the command 'help'")
  func ways() throws {
    let program = try Program()
    defer { program.cleanUp() }
    #expect(try program([]).output == program(["--help"]).output)
    #expect(try program(["help", "train"]).output == program(["train", "-h"]).output)
  }

  @Test("works whatever the environment says")
  func environment() throws {
    let program = try Program()
    defer { program.cleanUp() }
    let wrong = ["TIGHTROPE_ISA": "abacus", "TIGHTROPE_NUM_THREADS": "many"]
    #expect(try program(["train", "--help"], environment: wrong).status == 0)
    #expect(try program(["--version"], environment: wrong).output.hasPrefix("tightrope 0."))
  }
}
