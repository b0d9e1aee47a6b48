import Densities
import Kernels
import Storage
import TestSupport
import Testing

@Suite("Densities of particles")
struct ParticleTests {
  func particles(_ name: String, _ config: JSONValue = [:]) throws -> any ParticleDensity {
    let density = try NamedDensity(name, config: config).density
    return try #require(density as? any ParticleDensity)
  }

  /// Two particles at distance 1: the well is -2 where pairs count twice.
  @Test("know both published conventions", arguments: [("twice", -2.0), ("once", -1)])
  func conventions(_ pairs: String, _ least: Double) throws {
    let density = try particles("lj13", ["particles": 2, "pairs": .string(pairs)])
    let value = try logDensity(density, [0.5, 0, 0, -0.5, 0, 0])
    expect(value, equals: [-least - 0.25], within: .absolute(1e-6))
  }

  /// Energies by hand: six pairs of four particles on a square of edge 4, two at 4 √2.
  @Test("have the published energy of four particles")
  func square() throws {
    let v = 4 * 2.0.squareRoot() - 4
    let energy = 2 * (0.9 * v * v * v * v - 4 * v * v)
    let value = try logDensity(particles("dw4"), [2, 2, -2, 2, -2, -2, 2, -2])
    expect(value, equals: [-energy], within: .absolute(1e-4))
  }

  @Test("do not change with free particles' centre", arguments: ["dw4", "lj13", "lj55"])
  func shifts(_ name: String) throws {
    let density = try particles(name)
    let (free, system) = (density.withFreeCenter, density.system)
    let x = latticePoints(system, 9)
    let centered = system.meanFree(x)
    let moved = x.enumerated().map { $1 + [0.5, -0.25, 0.125][$0 % system.spaceDimension] }
    let (here, there) = (try score(free, x), try score(free, moved))
    expect(here.logDensity, equals: there.logDensity, within: .scaled(2e-4))
    expect(here.score, equals: there.score, within: .scaled(1e-3))
    expect(
      try logDensity(density, centered), equals: try logDensity(free, centered),
      within: .scaled(1e-6))
  }

  @Test("push nothing but the centre's share", arguments: ["dw4", "lj13"])
  func forces(_ name: String) throws {
    let density = try particles(name)
    let s = density.system.spaceDimension
    let slopes = try score(density.withFreeCenter, latticePoints(density.system, 1)).score
    let largest = slopes.reduce(1) { max($0, $1.magnitude) }
    for k in 0..<s {
      let sum = stride(from: k, to: slopes.count, by: s).reduce(0) { $0 + slopes[$1] }
      expect(sum, equals: 0, within: .absolute(1e-5 * largest))
    }
  }

  @Test("count degrees of freedom", arguments: [("dw4", 6), ("lj13", 36), ("lj55", 162)])
  func freedom(_ name: String, _ count: Int) throws {
    #expect(try particles(name).system.degreesOfFreedom == count)
  }

  @Test(
    "refuse numbers out of range",
    arguments: [
      ["particles": 1], ["space_dimension": 4], ["strength": 0], ["softness": -1],
      ["spline_below": 2], ["softness": 0.1, "spline_below": 0.5], ["oscillator": -1],
    ] as [JSONValue])
  func refusals(_ config: JSONValue) {
    #expect(throws: ConfigError.self) { try NamedDensity("lennard-jones", config: config) }
  }
}
