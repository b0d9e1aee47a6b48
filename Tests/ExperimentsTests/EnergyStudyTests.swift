import Kernels
import Samplers
import Storage
import TestSupport
import Testing
import Training

@testable import Experiments

@Suite("The studies of energy matching")
struct EnergyStudyTests {
  /// Says nothing.
  private final class Silence: TrainingListener {
    func receive(_ event: TrainingEvent) {}
    func poll() {}
  }

  private func table(
    _ name: String, in folder: ScratchFolder, _ settings: JSONValue = [:]
  ) throws -> StudyTable {
    let study = try #require(studies.first { $0.name == "idem/" + name })
    return try study(
      StudyDesk(
        .smoke, folder: folder.path, seed: 1, pool: ThreadPool(threads: 2), settings: settings,
        listen: { _ in Silence() }, tell: { _ in }))
  }

  @Test("have settings that make a run, in every preset")
  func settings() throws {
    for problem in energyProblems {
      for preset in Preset.allCases { try problem.settings(preset).run.validate() }
    }
  }

  @Test("judge every row by draws that stand for the density", arguments: ["gmm40", "dw4"])
  func rows(_ name: String) throws {
    let table = try table(name, in: ScratchFolder())
    func value(_ label: String, _ column: EnergyColumn) -> Double? {
      let isExact = label == "iDEM"
      let found = table.rows.first { isExact ? $0.label == label : $0.label.hasPrefix(label) }
      guard let row = found,
        let index = table.columns.firstIndex(of: column.rawValue)
      else { return nil }
      return row.values[index]
    }
    #expect(table.rows.count { $0.label.hasPrefix("iDEM") && !$0.label.contains("run again") } >= 3)
    let floor = try #require(value("reference", .energy))
    let squared = try #require(value("reference", .energySquared))
    expect(floor * floor, equals: squared, within: .relative(1e-9))
    // Twelve steps teach nothing: the draws' energies are far off, and chains' are not.
    #expect(try #require(value("iDEM", .energy)) > 3 * floor)
    #expect(try #require(value("hmc", .energy)) < value("iDEM", .energy)!)
    let calls = try #require(value("iDEM, refined", .calls))
    #expect(try #require(value("iDEM", .calls)) < calls)
    #expect(value("a flow fitted to iDEM's", .likelihood)?.isFinite == true)
    #expect((value("reference", .distances) != nil) == (name == "dw4"))
    #expect((value("reference", .modes) != nil) == (name == "gmm40"))
  }

  @Test("have means and deviations over seeds")
  func seeds() {
    func table(_ value: Double?, _ name: String = "a") -> StudyTable {
      StudyTable(
        title: "t", columns: ["x", "y"],
        rows: [
          .init(label: "published", values: [1, nil]), .init(label: name, values: [value, 5]),
        ],
        notes: ["n"])
    }
    let mean = StudyTable(meanOf: [table(1), table(4), table(nil), table(9, "b")])
    #expect(mean.rows.map(\.label) == ["published", "a", "± over 3 seeds", "b"])
    #expect(mean.rows[0].values == [1, nil])
    #expect(mean.rows[1].values == [2.5, 5] && mean.rows[3].values == [9, 5])
    expect(mean.rows[2].values[0] ?? 0, equals: 4.5.squareRoot(), within: .relative(1e-12))
    #expect(mean.rows[2].values[1] == 0)
    #expect(StudyTable(meanOf: [table(3)]).rows[1].values == [3, 5])
  }

  @Test("take settings of the run, and say so")
  func set() throws {
    let study = try #require(studies.first { $0.name == "idem/dw4" })
    #expect(study.takesSettings)
    let changed: JSONValue = [
      "steps": 3,
      "energy_matching": ["include_origin": true, "network": ["score_deviation": 0.125]],
    ]
    let table = try table("dw4", in: ScratchFolder(), changed)
    let note = try #require(table.notes.last { $0.hasPrefix("Not as published") })
    for change in [
      "steps 3 (100000)", "energy_matching.include_origin true (false)",
      "energy_matching.network.score_deviation 0.125 (0.0)",
    ] { #expect(note.contains(change), "\(note)") }
    // The score is the density's where it is given, so there is no flow of the network's alone.
    #expect(!table.rows.contains { $0.label.contains("own probability flow") })
    for wrong in [["stepz": 3], ["batch_size": 0]] as [JSONValue] {
      #expect(throws: ConfigError.self) { try self.table("dw4", in: ScratchFolder(), wrong) }
    }
  }

  @Test("make the reference and the run once")
  func again() throws {
    let folder = try ScratchFolder()
    let first = try table("dw4", in: folder)
    let reference = try readFile(folder.path + "/reference.npy")
    let second = try table("dw4", in: folder)
    #expect(try readFile(folder.path + "/reference.npy") == reference)
    // All but the minutes.
    for (left, right) in zip(first.rows, second.rows) {
      #expect(left.values.dropLast() == right.values.dropLast(), "\(left.label)")
    }
  }
}
