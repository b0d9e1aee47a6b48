import CAllocations
import Chains
import Densities
import Kernels
import Storage
import TestSupport
import Testing

@Suite("A local search")
struct LocalSearchTests {
  /// A search of short runs in dimension 3.
  func search(_ settings: JSONValue, count: Int = 20) throws -> LocalSearch {
    let short: JSONValue = ["steps": 30, "burn_in": 10, "thin": 4]
    let config = try resolve(
      resolve(LocalSearchConfig(), overrides: short), overrides: settings)
    return try LocalSearch(
      config, builtIn("gaussian", ["dimension": 3]), count: count, pool: ThreadPool(threads: 1))
  }

  let starts = wideStarts(20, 3, seed: 1)
  let stream = RandomStream(seed: 2)

  func copy(_ result: LocalSearchResult) -> [Float] {
    Array(
      UnsafeBufferPointer(
        start: result.points.data, count: result.points.count * result.points.dimension))
  }

  @Test("keeps the states after burn-in that it should", arguments: markovKernels.names)
  func kept(_ name: String) throws {
    let search = try search(["kernel": .string(name)])
    let result = try search.run(at: starts, stream)
    #expect(result.points.count == 20 * 5 && result.points.dimension == 3)
    let found = copy(result)

    let chains = try MarkovChains(
      search.config.makeKernel(hasScore: true), builtIn("gaussian", ["dimension": 3]), count: 20)
    try chains.start(at: starts)
    var expected: [Float] = []
    for step in 0..<30 {
      try chains.step(stream, adapting: step < 10)
      if [10, 14, 18, 22, 26].contains(step) { expected += chains.points }
    }
    #expect(found == expected)
    var values = [Float](repeating: 0, count: 100)
    try builtIn("gaussian", ["dimension": 3]).logDensity(of: result.points, into: &values)
    #expect(values == (0..<100).map { result.logDensity[$0] })
    #expect(result.energyCalls == chains.energyCalls)
    #expect(name == "hmc" || result.energyCalls == 20 + 30 * chains.state.rows)
    #expect(result.gradientCalls == (chains.kernel.needsScore ? result.energyCalls : 0))
    #expect(result.info.proposals == 30 * chains.state.rows)
  }

  @Test("keeps accepted proposals only, as published")
  func published() throws {
    let result = try search(["adaptation": "published", "keep": "accepted", "thin": 1])
      .run(at: starts, stream)
    let count = result.points.count
    #expect(count < 400 && count > 100)
    let points = Set((0..<count).map { result.points[$0] })
    #expect(points.count == count)
    let config = LocalSearchConfig.published
    #expect(config.steps == 200 && config.burnIn == 100 && config.raiseFactor == 1.01)
  }

  /// Accepted points have the density ρ(x) A(x), A the chance that a step from x is accepted: it is lowest at
  /// the top.
  @Test("finds the density with all states, and something else with accepted proposals")
  func bias() throws {
    func variance(_ keep: String) throws -> (mean: Double, error: Double) {
      let config = try resolve(
        LocalSearchConfig(),
        overrides: [
          "kernel": "random-walk", "steps": 400, "burn_in": 20, "thin": 1, "keep": .string(keep),
          "standard_deviation": 2.5, "adaptation": "none",
        ])
      let search = try LocalSearch(config, builtIn("gaussian", ["dimension": 1]), count: 200)
      let result = try search.run(at: wideStarts(200, 1, seed: 3), stream)
      let squares = (0..<result.points.count).map {
        Double(result.points.data[$0]) * Double(result.points.data[$0])
      }
      let part = squares.count / 40
      return meanAndError(
        (0..<40).map { squares[$0 * part..<($0 + 1) * part].reduce(0, +) / Double(part) })
    }
    let (all, accepted) = try (variance("states"), variance("accepted"))
    #expect((all.mean - 1).magnitude < 4 * all.error, "\(all)")
    #expect((accepted.mean - 1).magnitude > 8 * accepted.error, "\(accepted)")
  }

  @Test("depends on starts and stream only", arguments: markovKernels.names)
  func repetition(_ name: String) throws {
    let search = try search(["kernel": .string(name)])
    let first = copy(try search.run(at: starts, stream))
    #expect(copy(try search.run(at: starts, RandomStream(seed: 3))) != first)
    #expect(copy(try search.run(at: starts, stream)) == first)
  }

  @Test("stops when it is told to")
  func polling() throws {
    struct Stop: Error {}
    let search = try search([:])
    var polls = 0
    try starts.withUnsafeBufferPointer {
      let points = Points(try #require($0.baseAddress), count: 20, dimension: 3)
      #expect(throws: Stop.self) {
        _ = try search.run(from: points, stream: stream) {
          polls += 1
          if polls == 7 { throw Stop() }
        }
      }
    }
    #expect(polls == 7 && search.chains.energyCalls == 20 * 7)
  }

  @Test("allocates nothing", arguments: markovKernels.names)
  func allocations(_ name: String) throws {
    guard allocations_are_counted() != 0 else { return }
    let search = try search(["kernel": .string(name)])
    try starts.withUnsafeBufferPointer {
      let points = Points(try #require($0.baseAddress), count: 20, dimension: 3)
      _ = try search.run(from: points, stream: stream)
      let before = allocations_of_thread()
      _ = try search.run(from: points, stream: stream)
      #expect(allocations_of_thread() == before)
    }
  }
}
