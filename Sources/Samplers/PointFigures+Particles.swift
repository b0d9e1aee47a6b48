import Densities
import Metrics

extension PointFigures {
  /// Distances of systems of equal particles that see neither place, orientation nor order; nothing for
  /// other densities.
  ///
  /// Aligned W2 compares each system with each, and takes few; the total variation of the distances among
  /// particles counts what lies outside the reference.
  func particleDistances(
    _ density: any Density, to exact: ExactSamples, _ poll: () throws -> Void
  ) throws -> [Metric] {
    guard let system = (density as? any ParticleDensity)?.system, system.particles > 1,
      system.spaceDimension <= 3
    else { return [] }
    let all = min(config.transportSamples, x.count / dimension)
    let few = min(alignedCount, all)
    let alignment = ParticleAlignment(
      particles: system.particles, spaceDimension: system.spaceDimension)
    let aligned = try pairs(with: exact, few).map { pair in
      try poll()
      return alignedTransport(pair.left, pair.right, alignment, pool: pool).root
    }
    try poll()
    let variations = pairs(with: exact, all).map { pair in
      DistanceVariation(
        pair.left, reference: pair.right, particles: system.particles,
        spaceDimension: system.spaceDimension, bins: 200
      ).estimate
    }
    return [
      figure("aligned-wasserstein-2", aligned, few),
      figure("distance-variation", variations, all),
    ]
  }
}

/// Systems that are aligned with one another.
private let alignedCount = 100
