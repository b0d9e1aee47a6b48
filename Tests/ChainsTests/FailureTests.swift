import Chains
import Densities
import Kernels
import Storage
import TestSupport
import Testing

@Suite("Densities that misbehave")
struct FailureTests {
  /// A normal on the line with another value beyond an edge.
  func normal(beyond edge: Float, _ value: Float) -> DifferentiableFunctionDensity {
    DifferentiableFunctionDensity(dimension: 1) { x, values, score in
      for row in 0..<x.count {
        let z = x.data[row]
        values[row] = z > edge ? value : -z * z / 2
        if let score { score[row] = -z }
      }
    }
  }

  @Test("reject a proposal that is not finite, and count it", arguments: markovKernels.names)
  func proposals(_ name: String) throws {
    for value: Float in [-.infinity, .nan, .infinity] {
      let chains = try MarkovChains(kernel(name), normal(beyond: 0, value), count: 64)
      try chains.start(at: wideStarts(64, 1, seed: 1).map { -$0.magnitude })
      var info = ChainInfo()
      for _ in 0..<20 { info += try chains.step(RandomStream(seed: 2)) }
      #expect((info.outside > 0) == (value == -.infinity))
      #expect((info.invalid > 0) == (value != -.infinity))
      #expect(info.proposals == 20 * chains.state.rows && info.accepted > 0)
      #expect((0..<chains.state.rows).allSatisfy { chains.state.x[$0] <= 0 })
    }
  }

  /// E|z| = √(2/π) for a normal.
  @Test("leave the density right where it is cut off")
  func cut() throws {
    for name in ["mala", "hmc", "random-walk"] {
      let chains = try MarkovChains(kernel(name), normal(beyond: 0, -.infinity), count: 100)
      try chains.start(at: wideStarts(100, 1, seed: 3).map { -$0.magnitude })
      let averages = try chains.averages(
        RandomStream(seed: 4), burnIn: 100, steps: 500, of: [{ Double($0[0]) }])
      expectMean(of: averages[0], is: -0.7978845608028654, within: .standardErrors(4), name)
    }
  }

  @Test("stop a score that is not finite from being used")
  func scores() throws {
    let density = DifferentiableFunctionDensity(dimension: 1) { x, values, score in
      for row in 0..<x.count {
        values[row] = -x.data[row] * x.data[row] / 2
        if let score { score[row] = x.data[row] > 0 ? .nan : -x.data[row] }
      }
    }
    let chains = try MarkovChains(kernel("mala"), density, count: 40)
    try chains.start(at: [Float](repeating: -0.1, count: 40))
    var info = ChainInfo()
    for _ in 0..<20 { info += try chains.step(RandomStream(seed: 5)) }
    #expect(info.invalid > 0 && info.outside == 0)
    #expect((0..<40).allSatisfy { chains.state.x[$0] <= 0 })
    #expect(throws: ChainError.self) { try chains.start(at: [Float](repeating: 0.1, count: 40)) }
  }

  @Test("are an error at a start point, which names the chain", arguments: markovKernels.names)
  func starts(_ name: String) throws {
    let chains = try MarkovChains(kernel(name), normal(beyond: 1, -.infinity), count: 40)
    var x = [Float](repeating: 0.5, count: 40)
    x[37] = 2
    x[38] = 3
    let expected = ChainError.start(chain: 37, quantity: "the log density", value: -.infinity)
    #expect(throws: expected) { try chains.start(at: x) }
    #expect("\(expected)".contains("chain 37"))
    x[5] = .infinity
    #expect(throws: ChainError.start(chain: 5, quantity: "a coordinate", value: .infinity)) {
      try chains.start(at: x)
    }
  }

  @Test("and kernels that they do not fit are refused")
  func misfits() throws {
    let values = FunctionDensity(dimension: 3) { _, _, _ in }
    #expect(throws: ChainError.needsScore) {
      try MarkovChains(kernel("mala"), values, count: 10)
    }
    #expect(throws: ChainError.tooFewChains(count: 5, needed: 6)) {
      try MarkovChains(kernel("stretch"), values, count: 5)
    }
    #expect(throws: ChainError.tooFewChains(count: 0, needed: 1)) {
      try MarkovChains(kernel("random-walk"), values, count: 0)
    }
  }

  @Test("pass their errors on", arguments: markovKernels.names)
  func errors(_ name: String) throws {
    struct Broken: Error {}
    final class Fuse: @unchecked Sendable { var isBlown = false }
    let fuse = Fuse()
    let density = DifferentiableFunctionDensity(dimension: 1) { x, values, score in
      if fuse.isBlown { throw Broken() }
      for row in 0..<x.count { values[row] = 0 }
      if let score { for row in 0..<x.count { score[row] = 0 } }
    }
    let chains = try MarkovChains(kernel(name), density, count: 40)
    try chains.start(at: wideStarts(40, 1, seed: 6))
    try chains.step(RandomStream(seed: 7))
    fuse.isBlown = true
    #expect(throws: Broken.self) { try chains.step(RandomStream(seed: 7)) }
    #expect(throws: Broken.self) { try chains.start(at: wideStarts(40, 1, seed: 6)) }
  }
}
