import Chains
import Densities
import Foundation
import Storage
import Testing

@Suite("Reference draws")
struct ReferenceDrawsTests {
  @Test("pass their checks where chains mix, and are written with them")
  func passing() throws {
    let density = try NamedDensity("banana")
    let draws = try ReferenceDraws(
      density, overrides: ["count": 4000, "thin": 5, "warm_up": 500, "temperatures": 4])
    #expect(draws.pass, "\(draws.checks)")
    #expect(draws.checks.map(\.name).suffix(2) == ["log-density-r-hat", "virial"])
    #expect(draws.checks.last?.truth == 2)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      UUID().uuidString, isDirectory: true)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try draws.write(to: folder.appendingPathComponent("draws.npy").path)
    let text = try String(contentsOf: folder.appendingPathComponent("draws.json"), encoding: .utf8)
    #expect(try JSONValue(parsing: text)["passed"]?.bool == true)
  }

  @Test("fail them where chains stay in the wells they fell into")
  func failing() throws {
    let density = try NamedDensity("many-well", config: ["dimension": 2])
    let draws = try ReferenceDraws(
      density, overrides: ["count": 400, "thin": 2, "warm_up": 200, "method": "mala"])
    #expect(!draws.pass)
    #expect(throws: ConfigError.self) {
      try ReferenceDraws(density, overrides: ["count": 3])
    }
    #expect(throws: ConfigError.self) {
      try ReferenceDraws(density, overrides: ["temprature": 3])
    }
  }
}
