import CAllocations
import Chains
import Densities
import Kernels
import Storage
import TestSupport
import Testing

@Suite("The same chains take the same steps")
struct ReproducibilityTests {
  /// Where chains are after burn-in and some more steps, and what happened.
  struct Bits: Equatable {
    let x: [Float]
    let info: ChainInfo
    let stepSizes: [Double]

    init(_ name: String, _ density: any Density, threads: Int, seed: UInt64 = 3) throws {
      let chains = try MarkovChains(
        kernel(name), density, count: 75, pool: ThreadPool(threads: threads))
      try chains.start(at: wideStarts(75, density.dimension, seed: 4))
      var info = ChainInfo()
      for step in 0..<30 { info += try chains.step(RandomStream(seed: seed), adapting: step < 15) }
      (x, self.info) = (chains.points, info)
      stepSizes = chains.state.tunings.map(\.stepSize)
    }

    var checksum: String {
      var checksum = Checksum()
      x.withUnsafeBytes { checksum.update(bytes: $0) }
      stepSizes.withUnsafeBytes { checksum.update(bytes: $0) }
      return checksum.hexadecimal
    }
  }

  /// The bits of every processor: run with each instruction set by `TIGHTROPE_ISA`.
  static let known = [
    "mala": "8a119b3e67997a5b", "random-walk": "ac1ffacdd874ba3d", "stretch": "670da41f669daa5c",
    "parallel-tempering": "0d53c21c7b83e58e", "hmc": "27ca422813d55c1c",
  ]

  @Test("for any number of threads, and on any processor", arguments: markovKernels.names)
  func threads(_ name: String) throws {
    let well = try builtIn("many-well", ["dimension": 6])
    let all = try [1, 2, 3, 5, 8].map { try Bits(name, well, threads: $0) }
    #expect(all.allSatisfy { $0 == all[0] })
    #expect(all[0].checksum == Self.known[name])
    #expect(try Bits(name, well, threads: 1, seed: 5).x != all[0].x)
  }

  @Test("whether the density is called block by block or at once", arguments: markovKernels.names)
  func functions(_ name: String) throws {
    let well = try #require(try builtIn("many-well", ["dimension": 6]) as? ManyWell)
    let function = DifferentiableFunctionDensity(dimension: 6) { x, values, score in
      if let score {
        well.logDensity(of: x, into: values, score: score)
      } else {
        well.logDensity(of: x, into: values)
      }
    }
    #expect(try Bits(name, well, threads: 2) == Bits(name, function, threads: 2))
  }

  @Test("without allocating", arguments: markovKernels.names)
  func allocations(_ name: String) throws {
    guard allocations_are_counted() != 0 else { return }
    let well = try builtIn("many-well", ["dimension": 6])
    let chains = try MarkovChains(kernel(name), well, count: 75, pool: ThreadPool(threads: 1))
    try chains.start(at: wideStarts(75, 6, seed: 4))
    let stream = RandomStream(seed: 6)
    for _ in 0..<3 { try chains.step(stream, adapting: true) }
    let before = allocations_of_thread()
    for step in 0..<20 { try chains.step(stream, adapting: step < 10) }
    #expect(allocations_of_thread() == before)
  }
}
