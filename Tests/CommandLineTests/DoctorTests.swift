import Storage
import Testing

@Suite("The doctor")
struct DoctorTests {
  private let program: Program

  init() throws { program = try Program() }

  private func verdicts(_ environment: [String: String]) throws -> [String: String] {
    let findings = try program(["doctor", "--json"], environment: environment).json()["findings"]
    let pairs = (findings?.array ?? []).compactMap { finding in
      finding["name"]?.string.flatMap { name in finding["verdict"]?.string.map { (name, $0) } }
    }
    return Dictionary(uniqueKeysWithValues: pairs)
  }

  @Test("finds the known bits in every instruction set, and the same on several threads")
  func bits() throws {
    defer { program.cleanUp() }
    let outcome = try program(["doctor"])
    #expect(outcome.status == 0 && outcome.messages.isEmpty)
    let verdicts = try verdicts([:])
    #expect(verdicts["kernels"] == "ok" && verdicts["training"] == "ok")
    for name in verdicts.keys { #expect(outcome.output.contains("\n  \(name) ")) }
  }

  @Test("tells what was chosen")
  func facts() throws {
    defer { program.cleanUp() }
    let tree = try program(["doctor", "--threads", "3", "--json"]).json()
    #expect(tree["threads"] == 3 && tree["processors"]?.integer ?? 0 > 0)
    let sets = tree["available_instruction_sets"]?.array?.compactMap(\.string) ?? []
    #expect(sets.last == "portable" && sets.contains(tree["instruction_set"]?.string ?? ""))
  }

  @Test("warns of choices that slow the work down")
  func warnings() throws {
    defer { program.cleanUp() }
    #expect(try verdicts(["TIGHTROPE_NUM_THREADS": "1000"])["threads"] == "warn")
    let shared = ["OMP_NUM_THREADS": "8", "TIGHTROPE_NUM_THREADS": "2"]
    #expect(try verdicts(shared)["OpenMP"] == "warn")
    #expect(try verdicts(["OMP_NUM_THREADS": "1"])["OpenMP"] == "ok")
    let best = try program(["doctor", "--json"]).json()["instruction_set"]?.string
    let portable = try verdicts(["TIGHTROPE_ISA": "portable"])["instructions"]
    #expect(portable == "warn" || best == "portable")
  }

  @Test("finds what is wrong where other commands refuse to work")
  func failure() throws {
    defer { program.cleanUp() }
    let outcome = try program(["doctor"], environment: ["TIGHTROPE_ISA": "abacus"])
    #expect(outcome.status == 1 && outcome.output.contains("TIGHTROPE_ISA is 'abacus'"))
    #expect(outcome.messages == "error: not well: instructions\n")
  }
}
