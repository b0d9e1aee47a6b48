import Densities
import Foundation
import Kernels
import Storage
import Tensors
import TestSupport
import Testing

@testable import Samplers

/// What leaves the energy of particles as it is.
enum ParticleMotion: CaseIterable {
  case rotation
  case reflection
  case permutation
  case translation
}

@Suite("The whole sampler of particles")
struct EquivarianceTests {
  /// A turn by 0.7 about an axis that is none of the space's, a mirror, a cycle of the particles, a shift.
  private func moved(
    _ x: [Float], by motion: ParticleMotion, _ system: ParticleSystem
  ) -> [Float] {
    let (n, s) = (system.particles, system.spaceDimension)
    let (c, d) = (Float(cos(0.7)), Float(sin(0.7)))
    return x.indices.map { index in
      let (row, particle, axis) = (index / (n * s), index / s % n, index % s)
      func at(_ particle: Int, _ axis: Int) -> Float { x[(row * n + particle) * s + axis] }
      switch motion {
      case .rotation:
        if axis == 0 { return c * at(particle, 0) - d * at(particle, 1) }
        return axis == 1 ? d * at(particle, 0) + c * at(particle, 1) : at(particle, axis)
      case .reflection: return axis == 0 ? -at(particle, axis) : at(particle, axis)
      case .permutation: return at((particle + 1) % n, axis)
      case .translation: return at(particle, axis) + 0.8
      }
    }
  }

  /// Noise to draws, with the noise of every step given.
  private func draws(
    _ trainer: EnergyMatchingTrainer, _ noise: [[Float]], rows: Int
  ) throws -> (x: [Float], logRatios: [Double]) {
    let tape = Tape()
    tape.isRecording = false
    var x = trainer.system?.meanFree(noise[0]) ?? noise[0]
    var logRatios = [Double](repeating: 0, count: rows)
    let steps = noise.count - 1
    for step in 0..<steps {
      tape.reset()
      var epsilon = noise[step + 1]
      try trainer.process.step(
        .init(step, of: steps, trainer.config.energyMatching), rows: rows, trainer.density,
        &x, &epsilon, &logRatios, tape)
    }
    return (x, logRatios)
  }

  /// Translations move noise, whose mean is taken away: draws stay where they are.
  @Test(
    "moves its draws as its noise is moved", arguments: [("dw4", 0), ("lj13", 0), ("lj13", 0.05)],
    ParticleMotion.allCases)
  func equivariance(_ subject: (density: String, given: Double), _ motion: ParticleMotion) throws {
    let run = try EnergyMatchingTests().run(
      subject.density, steps: 15,
      [
        "energy_matching.noise.largest": 2,
        "energy_matching.network.score_deviation": JSONValue(subject.given),
      ])
    try run.train()
    let trainer = try #require(run.trainer as? EnergyMatchingTrainer)
    let system = try #require(trainer.system)
    let (rows, steps) = (4, 30)
    let noise = (0...steps).map { step in
      RandomStream(seed: 8).folding(UInt64(step))
        .draw(Normal(), rows: 0..<rows, columns: system.dimension).map { Float($0) }
    }
    let still = try draws(trainer, noise, rows: rows)
    let turned = try draws(trainer, noise.map { moved($0, by: motion, system) }, rows: rows)
    let goal = motion == .translation ? still.x : moved(still.x, by: motion, system)
    let size = still.x.map(\.magnitude).max()!
    #expect(size > 0.1 && size.isFinite)
    for (ours, theirs) in zip(turned.x, goal) {
      expect(Double(ours), equals: Double(theirs), within: .absolute(1e-5 * Double(max(1, size))))
    }
    for (ours, theirs) in zip(turned.logRatios, still.logRatios) {
      expect(ours, equals: theirs, within: .absolute(1e-3))
    }
    if motion != .translation {
      #expect(zip(turned.x, still.x).contains { ($0 - $1).magnitude > 0.01 })
    }
  }
}
