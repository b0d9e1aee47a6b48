import Experiments
import Foundation
import Kernels
import Storage
import TestSupport
import Testing
import Training

private final class Silence: TrainingListener {
  func receive(_ event: TrainingEvent) {}
  func poll() {}
}

/// Ends a training at its first report.
private final class Ending: TrainingListener {
  func receive(_ event: TrainingEvent) throws {
    if case .step = event { throw Cancelled() }
  }
  func poll() {}
}

@Suite("A study")
struct StudyTests {
  private func table(
    _ name: String, _ folder: ScratchFolder, settings: JSONValue = [:],
    listener: any TrainingListener = Silence()
  ) throws -> StudyTable {
    let study = try #require(studies.first { $0.name == name })
    let desk = StudyDesk(
      .smoke, folder: folder.path, seed: 0, pool: ThreadPool(threads: 2), settings: settings,
      listen: { _ in listener }, tell: { _ in })
    return try study(desk)
  }

  @Test(
    "has a row of finite figures for each method, and again the same",
    arguments: ["rtb/bandit", "rtb/mdp", "rtb/grammar", "rtb/inverse", "rtb/captions"])
  func rows(_ name: String) throws {
    let folder = try ScratchFolder()
    let table = try table(name, folder)
    #expect(table.rows.count > 5 && !table.notes.isEmpty)
    for row in table.rows {
      #expect(row.values.count == table.columns.count, "\(row.label)")
      #expect(row.values.compactMap(\.self).allSatisfy { $0.isFinite }, "\(row.label)")
    }
    // Nothing is trained again; figures are those of the runs that are there.
    let again = try self.table(name, folder)
    #expect(again.rows.map(\.values) == table.rows.map(\.values))
  }

  @Test("that was stopped goes on, and counts the time before")
  func time() throws {
    let folder = try ScratchFolder()
    #expect(throws: Cancelled.self) { try table("rtb/bandit", folder, listener: Ending()) }
    let runs = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    let stopped = try #require(
      runs.map { folder($0) + "/time.json" }.first { FileManager.default.fileExists(atPath: $0) })
    func seconds() throws -> Double {
      let text = String(decoding: try readFile(stopped), as: UTF8.self)
      return try #require(try JSONValue(parsing: text)["seconds"]?.double)
    }
    #expect(try seconds() > 0)
    try writeAtomically(#"{"seconds": 1000}"#, to: stopped)
    _ = try table("rtb/bandit", folder)
    #expect(try seconds() >= 1000)
  }

  @Test("of captions takes numbers of steps, and refuses others")
  func captions() throws {
    let table = try table(
      "rtb/captions", ScratchFolder(), settings: ["steps": 1, "prior_steps": 5])
    #expect(table.notes.contains { $0.contains("in 5 steps of 32") })
    for key in ["steps", "prior_steps", "widths"] {
      let error = #expect(throws: ConfigError.self) {
        try self.table("rtb/captions", ScratchFolder(), settings: [key: 0])
      }
      #expect(error?.description.contains(key) == true, "\(error?.description ?? "")")
    }
  }

  @Test("takes texts of a file, and says what it misses")
  func texts() throws {
    let folder = try ScratchFolder()
    let lines = (0..<40).map { "the \(["cat", "dog"][$0 % 2]) saw \(["me", "you"][$0 / 2 % 2])" }
    try writeAtomically(lines.joined(separator: "\n"), to: folder("x.txt"))
    let table = try table(
      "rtb/text", folder,
      settings: [
        "data": .string(folder("x.txt")), "prefix": "the", "ending": "you", "length": 6,
      ])
    #expect(table.rows.contains { $0.label.hasSuffix("ends of weighted draws") })
    let weighted = try #require(table.rows.first { $0.label.hasSuffix("weighted by r") })
    #expect(weighted.values.compactMap(\.self).count == 3)
    for (settings, key) in [
      ([:], "data"), (["data": "x", "ending": "y", "size": 3], "size"),
      (["data": .string(folder("x.txt")), "ending": "a b c d e f g"], "ending"),
    ] as [(JSONValue, String)] {
      let error = #expect(throws: ConfigError.self) {
        try self.table("rtb/text", ScratchFolder(), settings: settings)
      }
      #expect(error?.description.contains(key) == true, "\(error?.description ?? "")")
    }
  }

  @Test("of digits takes images of a file with labels beside it, and says what it misses")
  func digits() throws {
    let folder = try ScratchFolder()
    let labels = (0..<120).map { UInt8($0 % 10) }
    let images = labels.flatMap { label in (0..<64).map { UInt8($0 % 10 == Int(label) ? 255 : 0) } }
    let sizes: [UInt8] = [0, 0, 0, 120, 0, 0, 0, 8, 0, 0, 0, 8]
    try writeAtomically([0, 0, 8, 3] + sizes + images, to: folder("x-images-idx3-ubyte"))
    try writeAtomically([0, 0, 8, 1] + sizes[..<4] + labels, to: folder("x-labels-idx1-ubyte"))
    let table = try table(
      "rtb/digits-single", folder,
      settings: [
        "data": .string(folder("x-images-idx3-ubyte")), "width": 8, "prior_steps": 5, "steps": 2,
        "inverse_temperature": 2,
      ])
    #expect(table.rows.contains { $0.label.contains("with probability r^2") })
    #expect(table.notes.contains { $0.contains("20 digits of 8 by 8 pixels") })
    #expect(table.notes.contains { $0.contains("in 5 steps") && !$0.contains("1697") })
    for (settings, key) in [
      (["data": .string(folder("none"))], "data"), (["steps": 0], "steps"),
      (["width": 0], "width"), (["colour": 1], "colour"),
      (["inverse_temperature": 0], "inverse_temperature"),
    ] as [(JSONValue, String)] {
      let error = #expect(throws: ConfigError.self) {
        try self.table("rtb/digits-single", ScratchFolder(), settings: settings)
      }
      #expect(error?.description.contains(key) == true, "\(error?.description ?? "")")
    }
  }
}
