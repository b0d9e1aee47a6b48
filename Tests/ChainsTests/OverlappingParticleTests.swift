import Chains
import Densities
import Kernels
import Storage
import TestSupport
import Testing

@Suite("Chains on particles that overlap")
struct OverlappingParticleTests {
  static let kernels = [("mala", 0.1), ("hmc", 0.3)]

  /// A bound that shortens nearly every score: only proposal densities that know it give the right virial.
  @Test("stay exact whatever the bound on their drifts", arguments: kernels)
  func virial(_ name: String, _ step: Double) throws {
    let density = try builtIn("dw4")
    let system = try #require(density as? any ParticleDensity).system
    let (count, d) = (200, system.dimension)
    let chains = try MarkovChains(
      kernel(name, ["step_size": JSONValue(step), "drift_bound": 0.2]), density, count: count)
    try chains.start(at: wideStarts(count, d, seed: 4).map { 2 * $0 })
    let stream = RandomStream(seed: 3)
    for _ in 0..<1000 { try chains.step(stream, adapting: true) }
    var means = [Double](repeating: 0, count: count)
    let steps = 1500
    for _ in 0..<steps {
      try chains.step(stream)
      let (x, score) = (system.meanFree(chains.points), try #require(chains.state.score))
      for i in 0..<count * d { means[i / d] -= Double(x[i] * score[i]) / Double(steps) }
    }
    expectMean(
      of: means, is: Double(system.degreesOfFreedom), within: .standardErrors(4), name)
  }

  /// Two of thirteen particles a fifth of a radius apart have an energy of 5e8.
  ///
  /// They are so in one of many chains, from which step sizes learn what is right for the others.
  @Test("leave, and do not without a bound", arguments: kernels, [true, false])
  func overlap(_ kernel: (name: String, step: Double), isBounded: Bool) throws {
    let density = try builtIn("lj13")
    let count = 32
    var settings: JSONValue = ["step_size": JSONValue(kernel.step)]
    if !isBounded { try settings.set("drift_bound", to: "0") }
    let chains = try MarkovChains(
      ChainsTests.kernel(kernel.name, settings), density, count: count)
    let lattice: [Float] = (0..<39).map { (index: Int) -> Float in
      let place = index / 3 / [1, 3, 9][index % 3] % 3
      return 1.1 * Float(place)
    }
    var start = lattice
    for axis in 0..<3 { start[3 + axis] = start[axis] + (axis == 0 ? 0.2 : 0) }
    try chains.start(at: start + (1..<count).flatMap { _ in lattice })
    #expect(chains.state.logDensity[0] < -1e8)
    let stream = RandomStream(seed: 5)
    for step in 0..<1000 { try chains.step(stream, adapting: step < 500) }
    let energies = (0..<count).map { -chains.state.logDensity[$0] }
    #expect((energies.max()! < 100) == isBounded, "\(energies.max()!)")
    #expect(energies.min()! > -90)
  }

  @Test("refuse a bound below 0", arguments: ["mala", "hmc"])
  func mistakes(_ name: String) {
    #expect(throws: ConfigError.self) { try kernel(name, ["drift_bound": -1]) }
  }
}
