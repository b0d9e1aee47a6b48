import Storage
import Testing

@Suite("The configuration")
struct ConfigurationTests {
  private let program: Program

  init() throws { program = try Program() }

  @Test("from a file trains what the same options train")
  func file() throws {
    defer { program.cleanUp() }
    try program.write(
      """
      steps = 6
      seed = 4
      batch_size = 30
      [process]
      steps = 10
      [network]
      width = 16
      langevin = "off"
      [density]
      name = "gaussian"
      dimension = 3
      mean = 0.5
      """, to: "c.toml")
    let fromFile = try program(["train", "c.toml", "--json", "--quiet"]).json()
    let line = [
      "train", "gaussian", "--steps", "6", "--seed", "4", "--set", "network.langevin=off",
      "--density-set", "dimension=3", "--density-set", "mean=0.5", "--json", "--quiet",
    ]
    let fromOptions = try program(line + Program.tiny).json()
    #expect(fromFile["density"]?["dimension"] == 3)
    #expect(fromFile["checksum"]?.string == fromOptions["checksum"]?.string)
    let beside = try program(["train", "gaussian", "--config", "c.toml", "--json", "--quiet"])
      .json()
    #expect(beside["checksum"] == fromFile["checksum"])
    let other = try program(["train", "9gmm", "--config", "c.toml", "--json", "--quiet"]).json()
    #expect(other["density"]?["name"] == "9gmm" && other["density"]?["dimension"] == 2)
  }

  @Test("gives way: defaults to the file, the file to --set, --set to options")
  func precedence() throws {
    defer { program.cleanUp() }
    try program.write("density = '25gmm'\nsteps = 3\nseed = 3\nbatch_size = 3", to: "c.toml")
    let line = ["train", "c.toml", "--set", "steps=2", "--set", "seed=2", "--seed", "1"]
    let text = try program(line + ["--print-config"]).output
    for setting in ["name = \"25gmm\"", "batch_size = 3", "steps = 2", "seed = 1"] {
      #expect(text.split(separator: "\n").contains { $0 == setting })
    }
    #expect(text.contains("report_every = 50"))
  }

  @Test("that is printed is a file that gives the same configuration")
  func printed() throws {
    defer { program.cleanUp() }
    let line = [
      "train", "gaussian-mixture", "--density-set", "means=[[0,1],[2,3.5]]", "--out", "a \"b\" c",
      "--seed", "18446744073709551615", "--set", "optimizer.epsilon=1e-9",
    ]
    let text = try program(line + ["--print-config"]).output
    #expect(text.contains("means = [[0, 1], [2, 3.5]]"))
    try program.write(text, to: "c.toml")
    #expect(try program(["train", "c.toml", "--print-config"]).output == text)
  }

  @Test("reaches the base of a density that is made of another, from a file and from options")
  func bases() throws {
    defer { program.cleanUp() }
    try program.write(
      """
      [density]
      name = "tempered"
      base = "funnel"
      [density.base_settings]
      dimension = 4
      """, to: "c.toml")
    let line = ["train", "c.toml", "--density-set", "base_settings.standard_deviation=2"]
    let text = try program(line + ["--print-config"]).output
    for setting in ["base = \"funnel\"", "dimension = 4", "inverse_temperature = 0.5"] {
      #expect(text.split(separator: "\n").contains { $0 == setting })
    }
    #expect(text.contains("standard_deviation = 2"))
    try program.write(text, to: "d.toml")
    #expect(try program(["train", "d.toml", "--print-config"]).output == text)
    let run = try program(line + ["--json", "--quiet"] + Program.tiny).json()
    #expect(run["density"]?["dimension"] == 4)
  }
}
