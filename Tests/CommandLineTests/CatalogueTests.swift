import Storage
import Testing

@Suite("The catalogues")
struct CatalogueTests {
  private let program: Program

  init() throws { program = try Program() }

  private func names(_ family: String) throws -> [String] {
    let members = try program(["list", family, "--json"]).json()["members"]?.array ?? []
    return members.compactMap { $0["name"]?.string }
  }

  @Test("list every family with its members")
  func families() throws {
    defer { program.cleanUp() }
    let families = try program(["list", "--json"]).json()["families"]?.array ?? []
    let text = try program(["list"]).output
    for family in families {
      let name = try #require(family["name"]?.string)
      #expect(text.contains(name))
      #expect(try family["members"]?.array?.isEmpty == false && !names(name).isEmpty)
    }
    #expect(families.count >= 3)
    #expect(try program(["list", "density"]).output == program(["list", "densities"]).output)
  }

  @Test("describe every density, as text and as JSON")
  func densities() throws {
    defer { program.cleanUp() }
    for name in try names("densities") {
      let text = try program(["describe", name])
      #expect(text.status == 0 && text.output.contains("dimension"))
      let json = try program(["describe", name, "--json"]).json()
      #expect(json["name"]?.string == name)
      #expect(json["dimension"]?.integer ?? 0 > 0)
      #expect(json["config"]?.object != nil)
    }
  }

  @Test("keep the model that they train in a file")
  func models() throws {
    defer { program.cleanUp() }
    let arguments = ["prepare", "vae-posterior", "--density-set", "training.epochs=1"]
    let kept = try program(arguments + ["--out", "decoder.safetensors"])
    #expect(kept.status == 0 && kept.output.contains("decoder=decoder.safetensors"))
    let json = try program(arguments + ["--out", "other.safetensors", "--json"]).json()
    #expect(json["setting"]?.string == "decoder" && json["out"]?.string == "other.safetensors")
    for (rest, hint) in [
      (["--out", "decoder.npy"], ".safetensors"),
      (["--out", "nowhere/decoder.safetensors"], "no folder 'nowhere'"),
    ] {
      let refused = try program(arguments + rest)
      #expect(refused.status == 2 && refused.messages.contains(hint), "\(refused.messages)")
    }
    let none = try program(["prepare", "25gmm", "--out", "none.safetensors"])
    #expect(none.status == 2 && none.messages.contains("no trained model"), "\(none.messages)")
  }

  @Test("cite papers, each once")
  func citations() throws {
    defer { program.cleanUp() }
    let lines = try program(["cite", "25gmm", "9gmm", "trajectory-balance"]).output
      .split(separator: "\n")
    #expect(lines.count == Set(lines).count && lines.count >= 2)
    #expect(lines.allSatisfy { $0.contains("(20") })
  }
}
