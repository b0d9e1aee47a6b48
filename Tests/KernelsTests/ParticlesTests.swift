import KernelTables
import Kernels
import TestSupport
import Testing

@Suite("Particles in pairs")
struct ParticlesTests {
  static let forms: [PairForm] = [
    .lennardJones(strength: 2, radius: 1, softness: 0),
    .lennardJones(strength: 1, radius: 1.5, softness: 0.05),
    .splinedLennardJones(strength: 2, radius: 1, cut: 0.8),
    .doubleWell(distance: 4, linear: 0.3, quadratic: -4, quartic: 0.9),
    .screenedCoulomb(strength: 3, screening: 0.7),
  ]

  func system(_ form: PairForm, _ particles: Int, _ space: Int) -> ParticleParameters {
    ParticleParameters(
      pair: form, particles: particles, spaceDimension: space, oscillator: 0.7, center: 1.3)
  }

  func run(_ b: KernelBuffers, _ system: ParticleParameters, _ rows: Int, score: Bool) {
    b.kernels.particles(
      system, x: b[0], rows: rows, logDensity: b[1], score: score ? b[2] : nil)
  }

  /// Particles about 1.2 apart: nearer ones have energies whose rounding hides all others.
  func places(_ rows: Int, _ particles: Int, _ space: Int) -> [Float] {
    spread(rows * particles * space, seed: 3, scale: 0.2).enumerated().map { index, noise in
      let (particle, axis) = (index / space % particles, index % space)
      return 1.2 * Float(particle / [1, 3, 9][axis] % 3) + noise
    }
  }

  @Test(
    "agree with their slow twin, with and without score",
    arguments: forms.indices, [(1, 2, 2), (16, 4, 2), (17, 9, 2), (5, 13, 3), (33, 27, 3)])
  func twins(_ form: Int, _ shape: (rows: Int, particles: Int, space: Int)) {
    let (rows, n, s) = shape
    for score in [false, true] {
      expectTwins(
        [places(rows, n, s), spread(rows, seed: 1), spread(rows * n * s, seed: 2)],
        within: .scaled(2e-5)
      ) {
        run($0, system(Self.forms[form], n, s), rows, score: score)
      }
    }
  }

  @Test("stay finite where all particles are at one place, or far", arguments: forms.indices)
  func extremes(_ form: Int) {
    for scale: Float in [0, 1e-3, 1e3, 1e5] {
      let x = places(3, 27, 3).map { $0 * scale }
      for set in InstructionSet.available {
        let all = outcome(of: set.kernels, [x, [0, 0, 0], x]) {
          run($0, system(Self.forms[form], 27, 3), 3, score: true)
        }
        #expect(all.buffers.allSatisfy { $0.allSatisfy(\.isFinite) })
      }
    }
  }

  /// Central differences of the definition, in double precision.
  @Test("have the slope of their energy", arguments: forms.indices)
  func slopes(_ form: Int) {
    for r in [0.75, 0.9, 1.3, 3] {
      func energy(_ r: Double) -> Double {
        ReferenceKernels.pairEnergy(Self.forms[form], square: r * r).value
      }
      let slope = (energy(r + 1e-5) - energy(r - 1e-5)) / 2e-5
      let factor = ReferenceKernels.pairEnergy(Self.forms[form], square: r * r).factor
      expect(factor * r, equals: slope, within: .absolute(1e-6 * max(1, slope.magnitude)))
    }
  }

  @Test("join a cubic to the energy with three derivatives")
  func spline() {
    let (spline, exact) = (Self.forms[2], Self.forms[0])
    for v in [1e-3, 2e-3] {
      let r = 0.8 - v
      let difference =
        ReferenceKernels.pairEnergy(spline, square: r * r).value
        - ReferenceKernels.pairEnergy(exact, square: r * r).value
      // What is left is the fourth derivative, u⁗ v⁴ / 24 with u⁗ about 4.6e6.
      #expect(difference < 0 && difference > -3e5 * v * v * v * v)
    }
    #expect(ReferenceKernels.pairEnergy(spline, square: 0).value < 2e4)
  }
}
