import Kernels
import Storage
import TestSupport
import Testing

@testable import Densities

@Suite("A trained model in a density")
struct ModelledDensityTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  @Test(
    "is read from its file to the same bits, and not trained again",
    arguments: [
      ("vae-posterior", ["training": ["epochs": 1]]),
      ("vae-posteriors", ["training": ["epochs": 1], "image": 7]),
      ("text-ending", ["training": ["steps": 3]]),
      ("text-ending", ["training": ["steps": 3], "places": 4]),
      ("texts", ["text": ["data": "lines.txt"], "training": ["steps": 3]]),
    ] as [(String, JSONValue)])
  func file(_ name: String, _ settings: JSONValue) throws {
    try writeAtomically("a b c\nb c a\nc c c\n", to: folder("lines.txt"))
    var table = try #require(settings.object)
    if name == "texts" { table["text"] = ["data": .string(folder("lines.txt"))] }
    let trained = try NamedDensity(name, config: .object(table))
    let key = try trained.writeModel(to: folder("model.safetensors"))
    table["training"] = nil
    table[key] = .string(folder("model.safetensors"))
    let read = try NamedDensity(name, config: .object(table))
    let x = [Float](repeating: 1, count: 3 * trained.density.dimension)
    let value = try logDensity(trained.density, x)
    #expect(try logDensity(read.density, x) == value && value.allSatisfy { $0.isFinite })
    _ = try read.writeModel(to: folder("again.safetensors"))
    let files = try ["model", "again"].map {
      try SafetensorsFile(reading: folder("\($0).safetensors"))
    }
    #expect(files[0] == files[1])
  }

  @Test("is asked for in vain where there is none", arguments: ["25gmm", "texts", "images"])
  func absent(_ name: String) throws {
    let density = try NamedDensity(name)
    #expect(throws: ConfigError.self) { try density.writeModel(to: folder("model.safetensors")) }
    #expect(!fileExists(folder("model.safetensors")))
  }
}
