import Foundation
import Storage
import Testing

@Suite("Training, sampling and evaluating")
struct TrainingTests {
  private let program: Program
  private static let train = ["train", "9gmm", "--steps", "12", "--seed", "5"] + Program.tiny
  private static let evaluate = [
    "--samples", "60", "--seed", "3", "--set", "transport_samples=20", "--json",
  ]

  init() throws { program = try Program() }

  private func checksums(_ run: String, _ environment: [String: String]) throws -> [String] {
    let line = Self.train + ["--out", run, "--json", "--quiet"]
    let train = try program(line, environment: environment)
    let sample = try program(
      ["sample", run, "-n", "60", "--seed", "3", "--json"], environment: environment)
    let evaluate = try program(["evaluate", run] + Self.evaluate, environment: environment)
    #expect(train.status == 0 && sample.status == 0 && evaluate.status == 0)
    #expect(train.messages.isEmpty && sample.messages.isEmpty && evaluate.messages.isEmpty)
    let trees = try [train, sample, evaluate].map { try $0.json() }
    #expect(trees[1]["checksum"] == trees[2]["checksum"])
    #expect(trees[0]["checksum"] == trees[1]["parameters"])
    #expect(trees[0]["checksum"] == trees[2]["parameters"])
    return trees.compactMap { $0["checksum"]?.string }
  }

  @Test("give the same bits for any number of threads and any instruction set")
  func bits() throws {
    defer { program.cleanUp() }
    let all = try program(["train", "--json", "9gmm", "--steps", "0", "--quiet"]).json()
    let best = try #require(all["environment"]?["instruction_set"]?.string)
    let sets = ["avx512", "avx2", "portable"].drop { $0 != best }
    var environments = ["1", "2", "3", "5"].map { ["TIGHTROPE_NUM_THREADS": $0] }
    // What every processor has is slow, and is compared by the tests of the kernels.
    environments += sets.filter { $0 != "portable" }.map { ["TIGHTROPE_ISA": $0] }
    let results = try environments.enumerated().map { try checksums("run\($0)", $1) }
    #expect(results[0].count == 3)
    #expect(Set(results).count == 1)
    let option = try program(Self.train + ["--threads", "3", "--json", "--quiet"]).json()
    #expect(option["checksum"]?.string == results[0][0])
  }

  @Test("end when a budget is spent")
  func budget() throws {
    defer { program.cleanUp() }
    let spent = try program(Self.train + ["--out", "run", "--json", "--energy-calls", "1"])
    #expect(spent.status == 0 && spent.messages.contains("stopped at step 1 of 12: the budget"))
    let tree = try spent.json()
    #expect(tree["step"] == 1 && tree["finished"] == false)
    let rest = try program(Self.train + ["--out", "run", "--resume", "--json", "--quiet"]).json()
    let whole = try program(Self.train + ["--json", "--quiet"]).json()
    #expect(rest["checksum"] == whole["checksum"] && rest["finished"] == true)
    let timed = try program(Self.train + ["--seconds", "1e-9", "--json", "--quiet"])
    #expect(try timed.status == 0 && timed.json()["step"] == 0 && timed.messages.isEmpty)
    let nothing = try program(Self.train + ["--seconds", "0"])
    #expect(nothing.status == 2 && nothing.messages.contains("it must be above 0"))
  }

  @Test("report what they cost")
  func report() throws {
    defer { program.cleanUp() }
    let train = try program(Self.train + ["--out", "run", "--json", "--quiet"]).json()
    #expect(train["step"] == 12 && train["finished"] == true && train["out"] == "run")
    #expect(train["config"]?["network"]?["width"] == 16)
    #expect(train["density"]?["name"] == "9gmm")
    #expect(train["energy_calls"]?.integer ?? 0 >= 12 * 30)
    #expect(train["gradient_calls"]?.integer ?? 0 > 0 && train["seconds"]?.double ?? 0 > 0)
    let evaluation = try program(["evaluate", "run"] + Self.evaluate).json()
    let names = evaluation["metrics"]?.array?.compactMap { $0["name"]?.string } ?? []
    #expect(names.contains("elbo") && names.contains("wasserstein-2"))
    let table = try program(["evaluate", "run"] + Self.evaluate.dropLast()).output
    for name in names { #expect(table.contains(name)) }
    #expect(evaluation["energy_calls"]?.integer ?? 0 > train["energy_calls"]?.integer ?? 0)
  }

  @Test("end with a summary that says what to type next")
  func summary() throws {
    defer { program.cleanUp() }
    let kept = try program(Self.train + ["--out", "a run"])
    #expect(kept.output.contains("sample 'a run' -n 10000"))
    #expect(kept.messages.contains("step 12/12"))
    let lost = try program(Self.train)
    #expect(lost.messages.hasPrefix("warning: nothing will be kept; add --out runs/9gmm"))
  }

  @Test("write points and log-weights as NumPy arrays and as text")
  func files() throws {
    defer { program.cleanUp() }
    _ = try program(Self.train + ["--out", "run"])
    let draw = ["sample", "run", "-n", "7", "--out"]
    #expect(try program(draw + ["x.npy", "--weights", "w.npy"]).status == 0)
    #expect(try program(draw + ["x.csv", "--weights", "w.csv", "--quiet"]).output.isEmpty)
    let points = try StoredArray(readingNPY: program.path("x.npy"))
    let weights = try StoredArray(readingNPY: program.path("w.npy"))
    #expect(points.shape == [7, 2] && weights.shape == [7])
    let text = try String(contentsOfFile: program.path("x.csv"), encoding: .utf8)
    #expect(try program(["sample", "run", "-n", "7"]).output == text)
    let rows = text.split(separator: "\n").map { $0.split(separator: ",") }
    #expect(rows[0] == ["x0", "x1", "log_weight", "log_density"] && rows.count == 8)
    let x = try #require(points.values(as: Float.self))
    #expect(rows.dropFirst().flatMap { $0[..<2] }.map { Float($0) } == x)
    let w = try #require(weights.values(as: Double.self))
    #expect(rows.dropFirst().map { Double($0[2]) } == w)
    let column = try String(contentsOfFile: program.path("w.csv"), encoding: .utf8)
    #expect(column == "log_weight\n" + w.map { "\($0)\n" }.joined())
  }

  @Test("leave the folder of the run as it was")
  func reading() throws {
    defer { program.cleanUp() }
    _ = try program(Self.train + ["--out", "run"])
    func dates() throws -> [Date?] {
      try ["config.json", "metrics.jsonl", "checkpoint.safetensors"].map {
        try FileManager.default.attributesOfItem(atPath: program.path("run/" + $0))[
          .modificationDate] as? Date
      }
    }
    let before = try dates()
    _ = try program(["sample", "run", "-n", "3"])
    _ = try program(["evaluate", "run"] + Self.evaluate)
    #expect(try dates() == before)
  }

  @Test("do not mind a reader that has seen enough")
  func pipe() throws {
    defer { program.cleanUp() }
    _ = try program(Self.train + ["--out", "run"])
    let line = "{ \"$TIGHTROPE\" sample run -n 20000; echo \"status $?\" >&2; } | head -n 1"
    let outcome = try program.shell(line)
    #expect(outcome.output == "x0,x1,log_weight,log_density\n")
    #expect(outcome.messages == "status 141\n")
    let training = try program.shell(
      "\"$TIGHTROPE\" \(Self.train.joined(separator: " ")) --out piped --json 2>&1 >out.json | true"
    )
    #expect(training.status == 0)
    let json = try JSONValue(
      parsing: String(contentsOfFile: program.path("out.json"), encoding: .utf8))
    #expect(json["finished"] == true)
  }
}
