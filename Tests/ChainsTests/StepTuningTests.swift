import Chains
import Densities
import Kernels
import Storage
import TestSupport
import Testing

@Suite("Step sizes")
struct StepTuningTests {
  /// The accepted part after burn-in, from a step size far off.
  func acceptance(_ name: String, _ settings: JSONValue, burnIn: Int) throws -> Double {
    let chains = try MarkovChains(
      kernel(name, settings), builtIn("gaussian", ["dimension": 20]), count: 100)
    try chains.start(at: wideStarts(100, 20, seed: 1))
    for _ in 0..<burnIn { try chains.step(RandomStream(seed: 2), adapting: true) }
    var info = ChainInfo()
    for _ in 0..<50 { info += try chains.step(RandomStream(seed: 2)) }
    return info.acceptance
  }

  @Test("come to the best acceptance in burn-in", arguments: [1e-3, 0.1, 10])
  func targets(_ start: Double) throws {
    let mala = try acceptance("mala", ["step_size": JSONValue(start)], burnIn: 200)
    expect(mala, equals: 0.574, within: .absolute(0.04))
    let walk = try acceptance(
      "random-walk", ["standard_deviation": JSONValue(start)], burnIn: 200)
    expect(walk, equals: 0.234, within: .absolute(0.04))
    let slow = try acceptance(
      "mala",
      [
        "step_size": JSONValue(start), "adaptation": "multiplicative", "raise_factor": 1.1,
        "lower_factor": 0.9,
      ], burnIn: 300)
    expect(slow, equals: 0.574, within: .absolute(0.15))
  }

  /// The step size before each of some steps.
  func sizes(_ adaptation: StepAdaptation, steps: Int, burnIn: Int) throws -> [Double] {
    let chains = try MarkovChains(
      kernel("mala", ["adaptation": .string(adaptation.rawValue), "step_size": 1e-4]),
      builtIn("gaussian", ["dimension": 3]), count: 10)
    try chains.start(at: wideStarts(10, 3, seed: 3))
    return try (0..<steps).map { step in
      let size = chains.state.tunings[0].stepSize
      try chains.step(RandomStream(seed: 4), adapting: step < burnIn)
      return size
    }
  }

  @Test("are learned in burn-in only, except as published", arguments: StepAdaptation.allCases)
  func freezing(_ adaptation: StepAdaptation) throws {
    let sizes = try sizes(adaptation, steps: 40, burnIn: 20)
    #expect(Set(sizes[..<20]).count == (adaptation == .none ? 1 : 20))
    #expect(Set(sizes[21...]).count == (adaptation == .published ? 19 : 1))
    #expect((sizes[21] != sizes[20]) == (adaptation == .dualAveraging || adaptation == .published))
    if adaptation == .multiplicative || adaptation == .published {
      let raised = (0..<20).map { 1e-4 * scalarPower(1.01, $0) }
      expect(Array(sizes[..<20]), equals: raised, within: .relative(1e-12))
    }
  }

  @Test("start anew with the chains")
  func restarting() throws {
    let chains = try MarkovChains(
      kernel("mala"), builtIn("gaussian", ["dimension": 3]), count: 10)
    let x = wideStarts(10, 3, seed: 5)
    func run() throws -> [Float] {
      try chains.start(at: x)
      for step in 0..<20 { try chains.step(RandomStream(seed: 6), adapting: step < 10) }
      return chains.points
    }
    #expect(try run() == run())
  }
}
