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

  @Test("cite papers, each once")
  func citations() throws {
    defer { program.cleanUp() }
    let lines = try program(["cite", "25gmm", "9gmm", "trajectory-balance"]).output
      .split(separator: "\n")
    #expect(lines.count == Set(lines).count && lines.count >= 2)
    #expect(lines.allSatisfy { $0.contains("(20") })
  }
}
