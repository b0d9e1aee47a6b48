import CAllocations
import Densities
import Kernels
import Networks
import Objectives
import Storage
import Tensors
import TestSupport
import Testing

@testable import Samplers

@Suite("The memory of paths")
struct PathMemoryTests {
  @Test("holds whole paths where they fit, and else about the square root of the steps at once")
  func plans() {
    func length(_ steps: Int, _ bytes: Int) -> Int {
      PathPlan(count: 300, steps: steps, bytesPerStep: bytes, budget: 1000).length
    }
    #expect(length(100, 9) == 104 && length(100, 10) == 16 && length(1000, 10) == 32)
    #expect(length(1, 2000) == 8)
    let plan = PathPlan(count: 70, steps: 20, length: 8)
    #expect(plan.blocks == 3 && plan.rows(of: 2) == 60..<70)
    #expect(plan.segments == 3 && plan.steps(of: 2) == 16..<20)
  }

  /// 37 rows and 21 steps: a short block and a short segment.
  @Test(
    "does not change a bit of paths and gradients", arguments: [false, true],
    ["pinned-brownian", "variance-preserving"])
  func segments(_ isPathwise: Bool, _ process: String) throws {
    let run = try smallRun(
      NamedDensity("9gmm"), ["process": ["steps": 21, "kind": .string(process)]])
    let noise = spread(run.model.parameters.count, seed: 6)
    for i in noise.indices { run.model.parameters.values[i] += 0.2 * noise[i] }
    run.model.parameters.refreshTransposes()
    let objective: any PathObjective = isPathwise ? PathKL() : TrajectoryBalance()
    func gradient(_ length: Int, alone: Bool) throws -> [Float] {
      let set = run.model.parameters
      var gradient = [Float](repeating: 0, count: set.count)
      let plan = PathPlan(count: 37, steps: 21, length: length)
      try gradient.withUnsafeMutableBufferPointer {
        let binding = ParameterBinding(set, gradients: $0.baseAddress)
        let blocks = PathBlocks(
          run.model, CountedDensity(run.density.density), objective, plan, pool: run.pool,
          alone: alone)
        _ = try blocks.run(
          binding, SimulationSettings(stream: RandomStream(seed: 5), nonFinite: .stop), logZ: 0.3
        ) {}
      }
      return gradient
    }
    let whole = try gradient(24, alone: true)
    #expect(whole.contains { $0 != 0 })
    #expect(try gradient(8, alone: true) == whole)
    #expect(try gradient(24, alone: false) == whole)
    #expect(try gradient(16, alone: false) == whole)
  }

  /// The same paths from given ends, with a learned way back and state flows.
  @Test("does not change a bit of paths from ends")
  func backwardSegments() throws {
    let run = try smallRun(
      NamedDensity("9gmm"),
      [
        "process": ["steps": 21, "learned_backward": true, "kind": "variance-preserving"],
        "objective": "sub-trajectory-balance",
      ])
    let ends = VisitedEnds(count: 37, dimension: 2)
    for (i, value) in spread(74, seed: 9).enumerated() { ends.x[i] = 3 * value }
    for (i, value) in spread(37, seed: 10).enumerated() { ends.logDensity[i] = value }
    func gradient(_ length: Int, alone: Bool) throws -> [Float] {
      let set = run.model.parameters
      var gradient = [Float](repeating: 0, count: set.count)
      try gradient.withUnsafeMutableBufferPointer {
        let blocks = PathBlocks(
          run.model, CountedDensity(run.density.density), try run.config.makeObjective(),
          PathPlan(count: 37, steps: 21, length: length), pool: run.pool, alone: alone)
        let settings = SimulationSettings(
          stream: RandomStream(seed: 5), origin: .ends(ends.points(conditions: nil)),
          nonFinite: .stop)
        _ = try blocks.run(
          ParameterBinding(set, gradients: $0.baseAddress), settings, logZ: 0.3
        ) {}
      }
      return gradient
    }
    let whole = try gradient(24, alone: true)
    #expect(whole.contains { $0 != 0 })
    #expect(try gradient(8, alone: true) == whole)
    #expect(try gradient(16, alone: false) == whole)
  }

  static let settings: [JSONValue] = [
    [:],
    ["off_policy": ["source": "visited", "replay": ["capacity": 200]]],
    ["process": ["kind": "variance-preserving", "grid": "random", "learned_backward": true]],
    ["network": ["width": 8, "langevin": "off"]], ["objective": "log-variance"],
    ["objective": "path-kl"],
    ["objective": "sub-trajectory-balance", "flow": ["forward_looking": true]],
  ]

  /// One thread does everything, and its own allocations are counted, whatever other tests do.
  @Test("is not allocated anew in the steady state", arguments: settings.indices)
  func allocations(_ index: Int) throws {
    guard allocations_are_counted() != 0 else { return }
    let run = try smallRun(nil, Self.settings[index], threads: 1)
    for _ in 0..<3 { _ = try run.trainStep {} }
    let before = allocations_of_thread()
    for _ in 0..<3 { _ = try run.trainStep {} }
    let after = allocations_of_thread()
    let some = UnsafeMutablePointer<Int>.allocate(capacity: index + 100)
    let withOneMore = allocations_of_thread()
    some.deallocate()
    #expect(after - before == 0 && withOneMore - after == 1)
  }
}
