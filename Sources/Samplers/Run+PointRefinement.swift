import Chains
import Densities
import Kernels

extension Run {
  /// Draws, each moved on by a chain of its own that leaves the density as it is.
  func movedDraws(
    _ request: RefinementRequest, _ poll: () throws -> Void
  ) throws -> ChainDraws {
    let draws = try sample(
      request.draws, seed: request.seed, request.sampling, poll: poll)
    let density = CountedDensity(trainer.density.base)
    let refinement = try PointRefinement(
      kernel: request.config.kernel, steps: request.config.moves,
      hasScore: density.base is any DifferentiableDensity)
    var (x, values) = (draws.x, [Float](repeating: 0, count: draws.count))
    let stream = RandomStream(seed: request.seed).folding(.localSearch)
    let moved = try x.withUnsafeMutableBufferPointer { x in
      try values.withUnsafeMutableBufferPointer { values in
        guard let x = x.baseAddress, let values = values.baseAddress else {
          preconditionFailure("no draws")
        }
        return try refinement.move(
          x, logDensity: values, count: draws.count, density, stream, pool: pool, poll)
      }
    }
    // Draws of energy matching are mean-free, and their density does not hold the centre.
    if config.method.matchesEnergies, let particles = density.base as? any ParticleDensity {
      x = particles.confined(x)
    }
    return try request.chains(
      x, values.map { Double($0) }, dimension: draws.dimension,
      calls: (
        draws.energyCalls + density.energyCalls, draws.gradientCalls + density.gradientCalls
      ), moved.info, [], stepSizes: [moved.stepSize])
  }
}
