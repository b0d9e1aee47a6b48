import Densities
import Kernels
import Metrics
import Samplers

/// Judges points by what reference draws and the density say.
struct EnergyJudge {
  let density: any DifferentiableDensity
  let system: ParticleSystem?
  private let reference: [Float]
  private let energies: [Double]
  private let settings: EnergySettings
  private let pool: ThreadPool

  /// - Parameter density: Particles' is judged with nothing that holds their centre.
  init(
    _ density: any Density, _ reference: EnergyReference, _ settings: EnergySettings,
    pool: ThreadPool
  ) throws {
    let particles = density as? any ParticleDensity
    guard let own = particles?.withFreeCenter ?? density as? any DifferentiableDensity else {
      preconditionFailure("energy matching of a density without a score")
    }
    (self.density, system, self.settings, self.pool) = (own, particles?.system, settings, pool)
    self.reference = reference.x
    energies = try evaluate(own, reference.x).energies
  }

  var columns: [EnergyColumn] {
    EnergyColumn.all(particles: system != nil, modes: density is any MultimodalDensity)
  }

  /// The figures of points, [n, D].
  func figures(of points: [Float]) throws -> [EnergyColumn: Double] {
    let x = system?.meanFree(points) ?? points
    let (energies, score) = try evaluate(density, x)
    guard x.allSatisfy(\.isFinite), energies.allSatisfy(\.isFinite) else { return [:] }
    let d = density.dimension
    let n = min(x.count, reference.count) / d
    let (draws, truth) = (Array(x.prefix(n * d)), Array(reference.prefix(n * d)))
    let squared = energyTransport(energies, self.energies).value
    let virial = virial(
      x, score: score, dimension: d, freedom: Double(system?.degreesOfFreedom ?? d))
    var figures: [EnergyColumn: Double] = [
      .wasserstein2: wasserstein2(draws, truth, dimension: d),
      .energy: squared.squareRoot(), .energySquared: squared,
      .meanEnergy: energies.reduce(0, +) / Double(energies.count), .virial: virial.value,
      .virialError: (virial.high - virial.low) / (2 * 1.96),
    ]
    if let system {
      figures[.aligned] = aligned(draws, truth, system)
      figures[.distances] =
        DistanceVariation(
          draws, reference: truth, particles: system.particles,
          spaceDimension: system.spaceDimension, bins: 200
        ).estimate.value
    }
    if let modes = density as? any MultimodalDensity {
      figures[.modes] = ModeWeights(x, modes).found.value
    }
    return figures
  }

  private func aligned(_ x: [Float], _ y: [Float], _ system: ParticleSystem) -> Double {
    let count = settings.alignedCount * system.dimension
    let alignment = ParticleAlignment(
      particles: system.particles, spaceDimension: system.spaceDimension)
    return alignedTransport(
      Array(x.prefix(count)), Array(y.prefix(count)), alignment, pool: pool
    ).root.value
  }
}

/// Energies and scores of points.
private func evaluate(
  _ density: any DifferentiableDensity, _ x: [Float]
) throws -> (energies: [Double], score: [Float]) {
  let count = x.count / density.dimension
  var values = [Float](repeating: 0, count: count)
  var score = [Float](repeating: 0, count: x.count)
  try x.withUnsafeBufferPointer {
    guard let base = $0.baseAddress else { return }
    try density.logDensity(
      of: Points(base, count: count, dimension: density.dimension), into: &values, score: &score)
  }
  return (values.map { -Double($0) }, score)
}
