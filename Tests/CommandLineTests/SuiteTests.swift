import Foundation
import Storage
import Testing

@Suite("Comparing methods at equal energy calls, from the shell")
struct SuiteTests {
  private static let suite = """
    name = "small"
    energy_calls = 3000
    seeds = 2
    densities = ["25gmm"]
    [evaluation]
    samples = 100
    transport_samples = 40
    floor_repeats = 1
    [[methods]]
    name = "TB"
    settings = { batch_size = 30, process = { steps = 4 }, network = { langevin = "off", width = 4 } }
    [[methods]]
    name = "MALA"
    kind = "chains"
    settings = { method = "mala", chains = 5 }
    """

  private func rows(_ outcome: Program.Outcome) throws -> [JSONValue] {
    guard case .array(let rows)? = try JSONValue(parsing: outcome.output)["rows"] else { return [] }
    return rows
  }

  private func facts(_ rows: [JSONValue]) -> Set<String> {
    Set(rows.map { "\($0["key"]?.string ?? ""): \($0["checksum"]?.string ?? "")" })
  }

  @Test("gives the same rows whole, in shards that are merged, and when taken up again")
  func shards() throws {
    let program = try Program()
    defer { program.cleanUp() }
    try Self.suite.write(
      to: URL(fileURLWithPath: program.path("s.toml")), atomically: true, encoding: .utf8)
    let whole = try program(["bench", "s.toml", "--out", "a", "--json", "--quiet"])
    #expect(whole.status == 0, "\(whole.messages)")
    let all = try rows(whole)
    #expect(all.count == 4 && all.allSatisfy { ($0["peak_memory"]?.integer ?? 0) > 1 << 20 })
    for index in 1...2 {
      let part = try program(["bench", "s.toml", "--out", "b", "--shard", "\(index)/2", "--quiet"])
      #expect(part.status == 0, "\(part.messages)")
    }
    let merged = try program(["bench", "--merge", "b", "--out", "c", "--json"])
    #expect(facts(try rows(merged)) == facts(all))
    let again = try program(["bench", "s.toml", "--out", "a", "--resume"])
    #expect(again.status == 0 && !again.messages.contains("of 4"))
    let board = URL(fileURLWithPath: program.path("a/leaderboard.md"))
    #expect(try String(contentsOf: board, encoding: .utf8).contains("| MALA |"))
  }

  @Test("does not overwrite results, and names what it cannot read")
  func mistakes() throws {
    let program = try Program()
    defer { program.cleanUp() }
    let file = URL(fileURLWithPath: program.path("s.toml"))
    try "energy_cals = 3".write(to: file, atomically: true, encoding: .utf8)
    let typo = try program(["bench", "s.toml", "--out", "a"])
    #expect(typo.status == 2 && typo.messages.contains("energy_calls"))
    let bad = try program(["bench", "s.toml", "--out", "a", "--shard", "3/2"])
    #expect(bad.status == 2 && bad.messages.contains("3/2"))
    let nothing = try program(["bench", "--merge", "a", "--out", "c"])
    #expect(nothing.status == 2 && nothing.messages.contains("results"))
    let page = try program(["report", "nowhere"])
    #expect(page.status == 2 && page.messages.contains("nowhere"))
  }
}
