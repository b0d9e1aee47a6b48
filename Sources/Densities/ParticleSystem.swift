/// N alike particles in s dimensions, as the coordinates of a point, particle by particle.
///
/// Energies of particles among themselves do not change when all move alike. A density of such an energy
/// lives on the mean-free subspace, Σ x_i = 0, of dimension (N - 1) s; on all of ℝᴺˢ it would have
/// no integral.
public struct ParticleSystem: Sendable, Equatable {
  /// N.
  public let particles: Int
  /// s.
  public let spaceDimension: Int

  /// Names the numbers.
  public init(particles: Int, spaceDimension: Int) {
    (self.particles, self.spaceDimension) = (particles, spaceDimension)
  }

  /// N s, coordinates of a point.
  public var dimension: Int { particles * spaceDimension }

  /// (N - 1) s, dimension of the mean-free subspace: what ⟨-x · ∇ log ρ⟩ is for mean-free samples.
  public var degreesOfFreedom: Int { (particles - 1) * spaceDimension }

  /// Projects points to the mean-free subspace, x_i - x̄, in place.
  /// - Parameter x: [rows, N s].
  public func removeMean(_ x: UnsafeMutablePointer<Float>, rows: Int) {
    for row in 0..<rows {
      let point = x + row * dimension
      for k in 0..<spaceDimension {
        var sum: Float = 0
        for i in 0..<particles { sum += point[i * spaceDimension + k] }
        let mean = sum / Float(particles)
        for i in 0..<particles { point[i * spaceDimension + k] -= mean }
      }
    }
  }

  /// Points projected to the mean-free subspace.
  /// - Parameter x: [rows, N s].
  public func meanFree(_ x: [Float]) -> [Float] {
    var x = x
    let rows = x.count / dimension
    x.withUnsafeMutableBufferPointer {
      if let base = $0.baseAddress { removeMean(base, rows: rows) }
    }
    return x
  }
}

/// A density of particles whose shape does not depend on where their centre of mass is.
///
/// For mean-free points log ρ is minus the energy, whatever holds the centre elsewhere.
public protocol ParticleDensity: DifferentiableDensity, ConfinedDensity {
  /// How many particles, and where.
  var system: ParticleSystem { get }
  /// The same density of the shape with nothing to hold the centre: shifting changes neither log ρ nor the
  /// score, which is mean-free.
  var withFreeCenter: any ParticleDensity { get }
}

extension ParticleDensity {
  /// (N - 1) s.
  public var degreesOfFreedom: Int { system.degreesOfFreedom }

  /// The points with their centre of mass at the origin.
  public func confined(_ x: [Float]) -> [Float] { system.meanFree(x) }
}
