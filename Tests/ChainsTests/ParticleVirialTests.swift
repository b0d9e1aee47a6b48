import Chains
import Densities
import Kernels
import Storage
import TestSupport
import Testing

@Suite("Chains on particles")
struct ParticleVirialTests {
  /// E[(x - x̄) · ∇ log ρ] = -(N - 1) s, from the chains' means, which are independent.
  @Test("obey the virial theorem", arguments: [("dw4", 0.1), ("lennard-jones", 2e-3)])
  func virial(_ name: String, _ step: Double) throws {
    let density = try builtIn(name)
    let system = try #require(density as? any ParticleDensity).system
    let (count, d) = (200, system.dimension)
    let chains = try MarkovChains(
      kernel("mala", ["step_size": JSONValue(step)]), density, count: count)
    let starts = (0..<count * d).map { index in
      let (particle, axis) = (
        index / system.spaceDimension % system.particles, index % system.spaceDimension
      )
      return 1.1 * Float(particle / [1, 2, 4][axis] % 2)
    }
    try starts.withUnsafeBufferPointer {
      try chains.start(from: Points(#require($0.baseAddress), count: count, dimension: d))
    }
    let stream = RandomStream(seed: 3)
    for _ in 0..<1500 { try chains.step(stream, adapting: true) }
    var means = [Double](repeating: 0, count: count)
    let steps = 1500
    for _ in 0..<steps {
      try chains.step(stream)
      let x = system.meanFree(Array(UnsafeBufferPointer(start: chains.state.x, count: count * d)))
      let score = try #require(chains.state.score)
      for chain in 0..<count {
        means[chain] -=
          (chain * d..<(chain + 1) * d).reduce(0) { $0 + Double(x[$1] * score[$1]) }
          / Double(steps)
      }
    }
    expectMean(
      of: means, is: Double(system.degreesOfFreedom), within: .standardErrors(4), "virial")
  }
}
