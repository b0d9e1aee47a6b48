import Chains
import Densities
import Kernels
import Storage
import TestSupport
import Testing

/// How a kernel can be wrong.
enum Fault: CaseIterable {
  case acceptsAll
  case forgetsProposalDensity
}

/// A kernel whose acceptance is wrong.
struct FaultyKernel: MarkovKernel {
  let right: any MarkovKernel
  let fault: Fault

  var needsScore: Bool { right.needsScore }
  var needsMomentum: Bool { right.needsMomentum }
  func evaluations(at step: ChainStep) -> Int { right.evaluations(at: step) }
  func advance(
    _ rows: Range<Int>, at step: ChainStep, _ state: ChainState, _ proposals: ChainProposals
  ) {
    right.advance(rows, at: step, state, proposals)
  }
  func tuning(replica: Int) -> StepTuning { right.tuning(replica: replica) }
  func propose(
    _ rows: Range<Int>, at step: ChainStep, _ state: ChainState, _ proposals: ChainProposals
  ) {
    right.propose(rows, at: step, state, proposals)
  }
  func logRatio(
    row: Int, at step: ChainStep, _ state: ChainState, _ proposals: ChainProposals
  ) -> Double {
    fault == .acceptsAll
      ? 0 : Double(proposals.logDensity[row]) - Double(state.logDensity[row])
  }
}

@Suite("Chains that start with the density's distribution keep it")
struct InvarianceTests {
  static let fixed: [(String, JSONValue)] = [
    ("mala", ["step_size": 0.25, "adaptation": "none"]),
    ("hmc", ["step_size": 0.6, "leapfrog_steps": 3, "adaptation": "none"]),
    ("random-walk", ["standard_deviation": 0.6, "adaptation": "none"]),
    ("stretch", [:]),
    ("parallel-tempering", ["standard_deviation": 0.6, "adaptation": "none", "temperatures": 3]),
    (
      "parallel-tempering",
      ["moves": "mala", "standard_deviation": 0.25, "adaptation": "none", "temperatures": 3]
    ),
    (
      "parallel-tempering",
      ["moves": "hmc", "standard_deviation": 0.5, "adaptation": "none", "temperatures": 3]
    ),
  ]

  /// Kernels for the many-well, whose wells are narrow.
  static let narrow: [(String, JSONValue)] = [
    ("mala", ["step_size": 0.04, "adaptation": "none"]),
    ("random-walk", ["standard_deviation": 0.6, "adaptation": "none"]),
    ("hmc", ["step_size": 0.3, "leapfrog_steps": 4, "adaptation": "none"]),
    ("stretch", [:]),
  ]

  /// The largest of Kolmogorov's distances of the five coordinates after some steps.
  func distance(_ kernel: any MarkovKernel, steps: Int) throws -> Double {
    let (gaussian, count) = (SlantedGaussian(), 8000)
    let chains = try MarkovChains(kernel, gaussian.density, count: count)
    try chains.start(at: gaussian.sample(count, seed: 11))
    try heat(chains, gaussian, kernel)
    for _ in 0..<steps { try chains.step(RandomStream(seed: 12)) }
    let x = chains.points
    return (0..<5).reduce(0) { worst, j in
      let values = (0..<count).map { Double(x[5 * $0 + j]) }
      return max(worst, kolmogorovDistance(values, gaussian.cumulative(j)))
    }
  }

  /// Gives the hotter replicas exact samples of their own.
  func heat(
    _ chains: MarkovChains, _ gaussian: SlantedGaussian, _ kernel: any MarkovKernel
  ) throws {
    guard let tempering = kernel as? ParallelTempering else { return }
    let state = chains.state
    for k in 1..<state.replicas {
      let x = gaussian.sample(
        state.chains, seed: UInt64(20 + k), temperature: tempering.temperature(k))
      var values = [Float](repeating: 0, count: state.chains)
      try x.withUnsafeBufferPointer {
        let points = Points(try #require($0.baseAddress), count: state.chains, dimension: 5)
        try gaussian.density.logDensity(of: points, into: &values)
      }
      for chain in 0..<state.chains {
        let row = chain * state.replicas + k
        state.logDensity[row] = values[chain]
        for j in 0..<5 { state.x[5 * row + j] = x[5 * chain + j] }
        guard let score = state.score else { continue }
        for j in 0..<5 {
          let z = (Double(x[5 * chain + j]) - gaussian.mean(j)) / gaussian.deviation(j)
          score[5 * row + j] = Float(-z / gaussian.deviation(j))
        }
      }
    }
  }

  @Test("on a Gaussian", arguments: fixed.indices)
  func gaussian(_ index: Int) throws {
    let (name, settings) = Self.fixed[index]
    #expect(try distance(kernel(name, settings), steps: 12) < 2.2)
  }

  @Test("and a kernel with a wrong acceptance is found out", arguments: Fault.allCases)
  func faults(_ fault: Fault) throws {
    let right = try kernel("mala", Self.fixed[0].1)
    #expect(try distance(FaultyKernel(right: right, fault: fault), steps: 12) > 4)
    let paths = try kernel(
      "hmc", ["step_size": 0.8, "leapfrog_steps": 3, "adaptation": "none"])
    #expect(try distance(FaultyKernel(right: paths, fault: fault), steps: 12) > 4)
  }

  @Test("on wells", arguments: narrow.indices)
  func wells(_ index: Int) throws {
    let (name, settings) = Self.narrow[index]
    let well = try builtIn("many-well", ["dimension": 2])
    let count = 10_000
    let chains = try MarkovChains(kernel(name, settings), well, count: count)
    try chains.start(at: exactSamples(well, count, seed: 13))
    for _ in 0..<15 { try chains.step(RandomStream(seed: 14)) }
    let x = chains.points
    let (a, b) = (
      (0..<count).map { Double(x[2 * $0]) }, (0..<count).map { Double(x[2 * $0 + 1]) }
    )
    let left = try #require(well as? any MultimodalDensity).modeWeights[0]
    expectMean(of: a, is: 1.187961, within: .standardErrors(4), "a")
    expectMean(
      of: a.map { ($0 - 1.187961) * ($0 - 1.187961) }, is: 1.548555, within: .standardErrors(4))
    expectMean(of: a.map { $0 < 0 ? 1 : 0 }, is: left, within: .standardErrors(4), "left")
    expectMean(of: b.map { $0 * $0 }, is: 1, within: .standardErrors(4), "b")
  }

  /// Under detailed balance (x, x′) and (x′, x) have one distribution, so g(x) h(x′) - h(x) g(x′) has mean 0.
  func imbalances(_ kernel: any MarkovKernel) throws -> [[Double]] {
    let well = try builtIn("many-well", ["dimension": 2])
    let count = 40_000
    let x = try exactSamples(well, count, seed: 15)
    let chains = try MarkovChains(kernel, well, count: count)
    try chains.start(at: x)
    try chains.step(RandomStream(seed: 16))
    let y = chains.points
    func a(_ x: [Float], _ i: Int) -> Double { Double(x[2 * i]) }
    func b(_ x: [Float], _ i: Int) -> Double { Double(x[2 * i + 1]) }
    func cube(_ v: Double) -> Double { v * v * v }
    return [
      (0..<count).map { a(x, $0) * cube(a(y, $0)) - cube(a(x, $0)) * a(y, $0) },
      (0..<count).map { cube(a(y, $0)) - cube(a(x, $0)) },
      (0..<count).map { b(x, $0) * b(x, $0) - b(y, $0) * b(y, $0) },
    ]
  }

  @Test("with detailed balance", arguments: [0, 1, 2])
  func balance(_ index: Int) throws {
    let (name, settings) = Self.narrow[index]
    for values in try imbalances(kernel(name, settings)) {
      expectMean(of: values, is: 0, within: .standardErrors(4), name)
      #expect(values.contains { $0 != 0 })
    }
  }

  @Test("and without it where acceptance is wrong", arguments: Fault.allCases)
  func imbalance(_ fault: Fault) throws {
    let right = try kernel("mala", Self.narrow[0].1)
    let worst = try imbalances(FaultyKernel(right: right, fault: fault)).map {
      let (mean, error) = meanAndError($0)
      return mean.magnitude / error
    }
    #expect((worst.max() ?? 0) > 8)
  }
}
