import Experiments
import Metrics
import Storage
import Testing

@Suite("A suite of methods")
struct SuiteTests {
  private static let text: JSONValue = [
    "name": "small", "energy_calls": 9000, "seeds": 2,
    "densities": ["25gmm", ["name": "many-well", "label": "wells", "settings": ["dimension": 4]]],
    "evaluation": ["samples": 200, "transport_samples": 50, "floor_repeats": 1],
    "methods": [
      [
        "name": "TB",
        "settings": [
          "batch_size": 30, "process": ["steps": 5], "network": ["width": 8, "langevin": "off"],
        ],
        "settings_for": ["wells": ["network": ["width": 4]]],
      ],
      ["name": "MALA", "kind": "chains", "settings": ["method": "mala", "chains": 6]],
    ],
  ]

  @Test("has a cell for each density, method and seed, each with a key of its own")
  func cells() throws {
    let cells = try SuiteConfig(Self.text).cells
    #expect(cells.count == 8 && Set(cells.map(\.key)).count == 8)
    #expect(try SuiteConfig(Self.text).cells.map(\.key) == cells.map(\.key))
    let wells = cells.filter { $0.density.shown == "wells" && $0.method.name == "TB" }
    #expect(wells.allSatisfy { $0.settings["network"]?["width"]?.integer == 4 })
    #expect(wells.allSatisfy { $0.settings["network"]?["langevin"]?.string == "off" })
    #expect(cells[0].settings["network"]?["width"]?.integer == 8)
  }

  @Test("spends no more than the budget, and most of it, whatever the method")
  func budget() throws {
    for cell in try SuiteConfig(Self.text).cells where cell.seed == 0 {
      let row = try cell.run()
      #expect(row.failure.isEmpty)
      #expect(row.energyCalls <= 9000 && row.energyCalls > 8000, "\(cell.method.name)")
      #expect(row["wasserstein-2"] != nil && row["mode-weight-distance"] != nil)
      #expect((row["elbo"] != nil) == (cell.method.kind == .train))
      let again = try cell.run()
      #expect(again.checksum == row.checksum && again.metrics == row.metrics)
    }
  }

  @Test("says which key makes no sense")
  func mistakes() throws {
    let cases: [(String, JSONValue, String)] = [
      ("densities", [], "densities"), ("methods", "TB", "methods"),
      ("densities", ["25gmm", "25gmm"], "densities.1.name"),
      ("methods", [["name": "a", "kind": "train", "setings": [:]]], "methods.0.setings"),
      ("methods", [["kind": "train"]], "methods.0.name"), ("seeds", 0, "seeds"),
      ("energy_calls", 0, "energy_calls"), ("budget", 1, "budget"),
    ]
    for (key, value, path) in cases {
      var table = try #require(Self.text.object)
      table[key] = value
      do {
        _ = try SuiteConfig(.object(table))
        Issue.record("\(key) was accepted")
      } catch { #expect("\(error)".contains(path), "\(error)") }
    }
  }

  @Test("writes down a method that fails, and goes on")
  func failure() throws {
    var table = try #require(Self.text.object)
    table["densities"] = ["25gmm"]
    table["energy_calls"] = 10
    let cells = try SuiteConfig(.object(table)).cells
    let row = try cells[0].run()
    #expect(!row.failure.isEmpty && row.metrics.isEmpty)
    #expect(Leaderboard([row]).parts[0].places[0].verdict == .fail)
  }

  @Test("judges chains by log Z on a density of conditions, and refuses those without")
  func conditions() throws {
    var table = try #require(Self.text.object)
    let decoder: JSONValue = ["epochs": 1, "hidden": 16, "latent": 2]
    table["densities"] = [["name": "vae-posteriors", "settings": ["training": decoder]]]
    table["energy_calls"] = 4_000_000
    table["seeds"] = 1
    table["methods"] = .array(
      ["ais", "mala"].map { method in
        ["name": method, "kind": "chains", "settings": ["method": method, "chains": 8]]
      })
    let rows = try SuiteConfig(.object(table)).cells.map { try $0.run() }
    #expect(rows[0].failure.isEmpty && rows[0].metrics.map(\.name) == ["log-normalizer"])
    #expect(rows[1].failure.contains("log Z") && rows[1].metrics.isEmpty, "\(rows[1].failure)")
  }
}

@Suite("A leaderboard")
struct LeaderboardTests {
  private func row(
    _ method: String, _ value: Double?, seed: UInt64 = 0, key: String? = nil,
    kind: SuiteMethodKind = .train
  ) -> SuiteRow {
    let metrics = value.map {
      [Metric("wasserstein-2", $0, count: 10, floor: 1, $0 < 2 ? .ok : .fail, "")]
    }
    return SuiteRow(
      key: key ?? "\(method)-\(seed)", density: "d", method: method, kind: kind, seed: seed,
      budget: 10, energyCalls: 10, gradientCalls: 0, metrics: metrics ?? [],
      failure: value == nil ? "broken" : "", checksum: "", seconds: 1)
  }

  @Test("has the best first, failures last, and the later of two rows of a cell")
  func order() {
    let rows = [
      row("a", nil), row("b", 3), row("c", 1.5), row("c", 1.7, seed: 1), row("b", 1.2),
      row("d", 1.3, kind: .chains),
    ]
    let part = Leaderboard(rows).parts[0]
    #expect(part.places.map(\.method) == ["b", "d", "c", "a"])
    #expect(part.ranking == .wasserstein2)
    #expect(part.best(.chains)?.method == "d" && part.best(.train)?.method == "b")
    #expect(part.places.map(\.verdict) == [.ok, .ok, .ok, .fail])
    #expect(part.places[2].rows.count == 2)
  }

  @Test("takes values below the floor for equal")
  func floors() {
    let part = Leaderboard([row("a", 0.9), row("b", 0.5), row("c", 1.1)]).parts[0]
    #expect(part.places.map(\.method) == ["a", "b", "c"])
    #expect(part.places.map { $0.excess(.wasserstein2) == 0 } == [true, true, false])
  }
}
