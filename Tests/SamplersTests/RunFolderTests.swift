import Foundation
import Storage
import TestSupport
import Testing
import Training

@testable import Samplers

@Suite("The folder of a run")
struct RunFolderTests {
  let folder: ScratchFolder
  init() throws { folder = try ScratchFolder() }

  private var settings: JSONValue {
    ["out": .string(folder("run")), "checkpoint_every": 4, "resume": true]
  }

  /// A run that stopped after its third checkpoint, at step 11 of 12.
  private func stopped() throws {
    let run = try smallRun(nil, settings)
    #expect(throws: Cancelled.self) { try run.train(Stop(after: 11)) }
  }

  @Test("has one run training in it at a time")
  func inUse() throws {
    final class Second: TrainingListener {
      let open: () throws -> Void
      var refusals = 0
      init(_ open: @escaping () throws -> Void) { self.open = open }
      func receive(_ event: TrainingEvent) throws {
        do { try open() } catch StorageError.inUse { refusals += 1 }
      }
      func poll() {}
    }
    let run = try smallRun(nil, settings)
    let second = Second { _ = try smallRun(nil, self.settings) }
    try run.train(second)
    #expect(second.refusals > 10)
    #expect(try smallRun(nil, settings).stepsDone == 12)
    #expect(try Run.load(folder("run")).checksum == run.checksum)
  }

  @Test("may be read while a run trains in it")
  func reading() throws {
    final class Reader: TrainingListener {
      let path: String
      var steps: [Int] = []
      init(_ path: String) { self.path = path }
      func receive(_ event: TrainingEvent) throws {
        if case .checkpoint = event { steps.append(try Run.load(path).stepsDone) }
      }
      func poll() {}
    }
    let reader = Reader(folder("run"))
    try smallRun(nil, settings).train(reader)
    #expect(reader.steps == [4, 8, 12])
  }

  @Test("goes on with the same bits from the checkpoint before the last")
  func previous() throws {
    let whole = try smallRun()
    try whole.train()
    try stopped()
    try FileManager.default.removeItem(atPath: folder("run/checkpoint.safetensors"))
    let rest = try smallRun(nil, settings)
    #expect(rest.stepsDone == 8)
    try rest.train()
    #expect(rest.checksum == whole.checksum)
  }

  @Test("says of a damaged checkpoint which other there is")
  func damaged() throws {
    try stopped()
    let path = folder("run/checkpoint.safetensors")
    let size = try #require(FileManager.default.contents(atPath: path)).count
    #expect(truncate(path, off_t(size - 1)) == 0)
    let error = #expect(throws: DamagedCheckpoint.self) { try smallRun(nil, settings) }
    #expect(error?.description.contains("checkpoint.previous.safetensors") == true)
    #expect(throws: DamagedCheckpoint.self) { try Run.load(folder("run")) }
    try FileManager.default.removeItem(atPath: path)
    #expect(try Run.load(folder("run")).stepsDone == 8)
  }

  @Test("is refused with any one byte of its checkpoint changed")
  func flips() throws {
    let run = try smallRun(nil, ["network": ["width": 2], "steps": 1, "process": ["steps": 2]])
    try run.train()
    let path = folder("small.safetensors")
    try run.save(to: path)
    let file = try #require(FileHandle(forUpdatingAtPath: path))
    let bytes = [UInt8](try #require(FileManager.default.contents(atPath: path)))
    for index in bytes.indices {
      try file.seek(toOffset: UInt64(index))
      try file.write(contentsOf: [bytes[index] ^ 1 << (index % 8)])
      #expect(throws: StorageError.self, "byte \(index)") { try Run.load(path) }
      try file.seek(toOffset: UInt64(index))
      try file.write(contentsOf: [bytes[index]])
    }
    #expect(try Run.load(path).checksum == run.checksum)
  }
}
