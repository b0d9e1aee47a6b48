import Densities
import Kernels
import Samplers
import Storage
import TestSupport
import Testing
import Training

@Suite("The same seed gives the same bits")
struct ReproducibilityTests {
  struct Bits: Equatable {
    let parameters, draws: String
    let history: [StepReport]

    init(_ run: Run) throws {
      parameters = run.checksum
      draws = try run.sample(100, seed: 1).checksum
      history = run.history
    }
  }

  func trained(_ run: Run) throws -> Run {
    try run.train()
    return run
  }

  static let changes: [JSONValue] =
    [
      [:], ["network": ["width": 8, "langevin": "off"]],
      ["process": ["steps": 9, "learned_variance": false]],
    ] + flowSettings

  @Test("for any number of threads", arguments: changes.indices)
  func threads(_ index: Int) throws {
    let all = try [1, 2, 3, 5, 8].map {
      try Bits(trained(smallRun(nil, Self.changes[index], threads: $0)))
    }
    #expect(all.allSatisfy { $0 == all[0] })
    #expect(all[0].history.count == 12)
  }

  @Test("and another seed gives others")
  func seeds() throws {
    let a = try trained(smallRun())
    let b = try trained(smallRun(nil, ["seed": 4]))
    #expect(a.checksum != b.checksum)
    #expect(try a.sample(50, seed: 1).checksum != a.sample(50, seed: 2).checksum)
  }

  @Test(
    "for the first of more draws, however many are asked for", arguments: [0, 1, 29, 30, 31, 3001])
  func prefixes(_ count: Int) throws {
    let run = try smallRun(nil, ["process": ["steps": 2]])
    let (few, many) = (try run.sample(count, seed: 1), try run.sample(3100, seed: 1))
    #expect(few.x == Array(many.x.prefix(2 * count)))
    #expect(few.logWeights == Array(many.logWeights.prefix(count)))
    #expect(few.energyCalls == count * 3 && few.gradientCalls == count * 2)
  }

  @Test("whether training was stopped between steps, within one, or not at all")
  func stopping() throws {
    let whole = try Bits(trained(smallRun()))
    for stop in [Stop(after: 5), Stop(inside: 6)] {
      let run = try smallRun()
      #expect(throws: Cancelled.self) { try run.train(stop) }
      #expect(run.stepsDone == 5)
      let rest = try Bits(trained(run))
      #expect(rest.parameters == whole.parameters && rest.draws == whole.draws)
      #expect(rest.history.map(\.loss) == whole.history.map(\.loss))
    }
  }

  @Test("after saving and loading in the middle")
  func saving() throws {
    let folder = try ScratchFolder()
    let whole = try Bits(trained(smallRun()))
    let run = try smallRun()
    #expect(throws: Cancelled.self) { try run.train(Stop(after: 7)) }
    try run.save(to: folder("half.safetensors"))
    let loaded = try Run.load(folder("half.safetensors"))
    #expect(loaded.stepsDone == 7 && loaded.checksum == run.checksum)
    #expect(loaded.config == run.config && loaded.history == run.history)
    #expect(try Bits(trained(loaded)) == whole)
  }

  @Test(
    "after taking up the run folder of a stopped run",
    arguments: [[:]] as [JSONValue] + flowSettings
  )
  func resuming(_ changes: JSONValue) throws {
    let folder = try ScratchFolder()
    let whole = try Bits(trained(smallRun(nil, changes)))
    let settings = changes.replacing(["out": .string(folder("run")), "checkpoint_every": 4])
    let first = try smallRun(nil, settings)
    #expect(throws: Cancelled.self) { try first.train(Stop(inside: 8)) }
    #expect(throws: ConfigError.self) { try smallRun(nil, settings) }
    let resumed = settings.replacing(["resume": true])
    let second = try smallRun(nil, resumed)
    #expect(second.stepsDone == 7)
    let rest = try Bits(trained(second))
    #expect(rest.parameters == whole.parameters && rest.draws == whole.draws)
    #expect(try Run.load(folder("run")).checksum == whole.parameters)
    #expect(throws: ConfigError.self) { try smallRun(nil, resumed.replacing(["seed": 9])) }
  }

  @Test("whether more steps are asked for in place or on loading")
  func extending() throws {
    let folder = try ScratchFolder()
    let run = try trained(smallRun())
    try run.save(to: folder("run.safetensors"))
    let loaded = try Run.load(folder("run.safetensors"), overrides: ["steps": 15])
    try run.extend(to: 15)
    #expect(try Bits(trained(run)) == Bits(trained(loaded)))
    #expect(run.stepsDone == 15)
  }
}
