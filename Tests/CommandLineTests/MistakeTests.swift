import Testing

/// A command, and what it must answer on standard error.
struct Mistake: CustomTestStringConvertible {
  let arguments: [String]
  let answer: String
  let environment: [String: String]

  init(_ line: String, _ answer: String, environment: [String: String] = [:]) {
    arguments = line.split(separator: " ").map(String.init)
    self.answer = answer
    self.environment = environment
  }

  var testDescription: String { arguments.joined(separator: " ") }

  static let all = [
    Mistake("trian 25gmm", "there is no command 'trian': did you mean 'train'?"),
    Mistake("train 25gm", "'density' cannot be '25gm': did you mean '25gmm'?"),
    Mistake("train", "no density is named; 'tightrope list densities' shows them"),
    Mistake("train 25gmm --stpes 3", "unknown option '--stpes'. Did you mean '--steps'?"),
    Mistake("train 25gmm --steps x", "the value 'x' is invalid for '--steps <count>'"),
    Mistake("train 25gmm --steps=-1", "'steps' is invalid: it must not be negative"),
    Mistake("train 25gmm --threads 0", "--threads must be from 1 to 1024, not 0"),
    Mistake("train 25gmm --resume", "--resume needs --out, the folder of the run"),
    Mistake("train 25gmm --set steps", "--set: setting 'steps' must read key=value"),
    Mistake(
      "train 25gmm --set network.widht=3",
      "--set: unknown key 'network.widht': did you mean 'network.width'?"),
    Mistake(
      "train 25gmm --set steps=many", "--set: 'steps' must be an integer, got the string \"many\""),
    Mistake(
      "train gaussian --density-set dimensoin=3",
      "--density-set: unknown key 'density.dimensoin': did you mean 'density.dimension'?"),
    Mistake(
      "train gaussian --density-set dimension=0",
      "'density.dimension' is invalid: it must be from 1 to 1000000"),
    Mistake(
      "train 25gmm --objective trajectory-balence",
      "'objective' cannot be 'trajectory-balence': did you mean 'trajectory-balance'?"),
    Mistake("train none.toml", "cannot open 'none.toml': No such file or directory"),
    Mistake("sample none", "there is no run at 'none'; 'tightrope train' with --out makes one"),
    Mistake("sample .", "'.' holds no run: there is no checkpoint in it"),
    Mistake("sample . -n 0", "--count must be from 1 to 100000000, not 0"),
    Mistake("sample . --out draws.xls", "--out must end in .npy or .csv, not 'draws.xls'"),
    Mistake(
      "evaluate . --set samplse=3", "--set: unknown key 'samplse': did you mean 'samples'?"),
    Mistake(
      "reproduce gfn-diffusion/25gm-tb",
      "there is no experiment 'gfn-diffusion/25gm-tb': did you mean 'gfn-diffusion/25gmm-tb'?"),
    Mistake(
      "reproduce 25gmm-tb",
      "there is no experiment '25gmm-tb': did you mean 'gfn-diffusion/25gmm-tb'?"),
    Mistake("reproduce", "no experiment is named"),
    Mistake(
      "reproduce gfn-diffusion/25gmm-tb --set seed=3",
      "--set: 'seed' is invalid: an experiment decides it by itself"),
    Mistake("reproduce gfn-diffusion/25gmm-tb --seeds 0", "--seeds must be from 1 to 1000, not 0"),
    Mistake("list densites", "there is no family 'densites': did you mean 'densities'?"),
    Mistake(
      "list qqq",
      "there is no family 'qqq'; choose one of: densities, objectives, networks, "
        + "processes, optimizers, schedules, methods, metrics, experiments"),
    Mistake("describe qqq", "there is nothing called 'qqq'"),
    Mistake("describe 52gmm", "there is nothing called '52gmm': did you mean '25gmm'?"),
    Mistake(
      "list", "TIGHTROPE_NUM_THREADS is 'many'; it must be a whole number from 1 to 1024",
      environment: ["TIGHTROPE_NUM_THREADS": "many"]),
  ]
}

@Suite("A mistake")
struct MistakeTests {
  @Test(
    "is answered in one line, with status 2 and nothing on standard output", arguments: Mistake.all)
  func answer(mistake: Mistake) throws {
    let program = try Program()
    defer { program.cleanUp() }
    let outcome = try program(mistake.arguments, environment: mistake.environment)
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty)
    let lines = outcome.messages.split(separator: "\n").map(String.init)
    #expect(lines.first == "error: " + mistake.answer)
    #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("See 'tightrope") })
  }

  @Test("in a name that is a part of many shows a few of them")
  func partOfName() throws {
    let program = try Program()
    defer { program.cleanUp() }
    let outcome = try program(["describe", "lgcp"])
    #expect(outcome.status == 2 && outcome.messages.utf8.count < 300)
    #expect(outcome.messages.hasPrefix("error: there is nothing called 'lgcp': did you mean '"))
    #expect(outcome.messages.contains("lgcp-pis") && outcome.messages.contains("more are like it"))
    #expect(outcome.messages.hasSuffix("See 'tightrope list'.\n"))
  }

  @Test("in the choice of instruction set names what there is")
  func instructionSet() throws {
    let program = try Program()
    defer { program.cleanUp() }
    let outcome = try program(["list"], environment: ["TIGHTROPE_ISA": "abacus"])
    #expect(outcome.status == 2)
    #expect(outcome.messages.hasPrefix("error: TIGHTROPE_ISA is 'abacus'"))
    #expect(outcome.messages.contains("portable"))
  }

  @Test("in a file is found by name and place")
  func file() throws {
    let program = try Program()
    defer { program.cleanUp() }
    let cases = [
      ("steps = = 3", "error: c.toml:1:"),
      (
        "density = \"25gmm\"\n[netwrok]",
        "error: c.toml: unknown key 'netwrok': did you mean 'network'?"
      ),
      ("density = 3", "error: c.toml: 'density' must be a name, or a table with a name"),
      ("density = \"25gmm\"\nseed = 2001-01-01", "error: c.toml:2:8: it is a date or time"),
      (
        "[density]\nname = \"gaussian\"\nmaen = 1",
        "error: c.toml: unknown key 'density.maen': did you mean 'density.mean'?"
      ),
    ]
    for (text, answer) in cases {
      try program.write(text, to: "c.toml")
      let outcome = try program(["train", "c.toml"])
      #expect(outcome.status == 2 && outcome.messages.hasPrefix(answer), "\(outcome.messages)")
    }
  }

  @Test("of going over a run is refused, and the run kept")
  func existingRun() throws {
    let program = try Program()
    defer { program.cleanUp() }
    let line = ["train", "gaussian", "--steps", "2", "--out", "run"] + Program.tiny
    #expect(try program(line).status == 0)
    let outcome = try program(line)
    #expect(outcome.status == 2)
    #expect(outcome.messages.hasPrefix("error: 'run' holds a run already: add --resume"))
    let other = try program(line + ["--seed", "9", "--resume"])
    #expect(other.status == 2)
    #expect(other.messages.hasPrefix("error: 'seed' is invalid"))
  }
}
