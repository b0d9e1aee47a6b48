import Numerics

/// The distance between two systems of equal particles, whatever their place, orientation and order.
///
///     d²(x, y) = min over permutations π, R in O(s) of Σ_p |x_p - R y_π(p)|²,   both centred
///
/// From each start the best permutation for a rotation and the best rotation for a permutation take turns
/// until nothing improves. Starts are the principal axes of both systems laid on each other in all 2^s
/// ways, so that turning or reordering a system changes nothing but where its axes are not
/// determined. The result is a local minimum: an upper bound of d².
/// Reference: Köhler, Klein and Noé (2020), *Equivariant flows*, arXiv:2006.02425, appendix, which takes one
/// turn from one start
public struct ParticleAlignment: Sendable {
  /// N.
  public let particles: Int
  /// s, from 1 to 3.
  public let spaceDimension: Int

  /// Systems of N particles in s dimensions.
  public init(particles: Int, spaceDimension: Int) {
    precondition(particles > 0 && (1...3).contains(spaceDimension), "alignment: N > 0, s in 1...3")
    self.particles = particles
    self.spaceDimension = spaceDimension
  }

  /// A system as alignment needs it.
  public struct System: Sendable {
    /// Positions relative to the centre, [N, s].
    let positions: [Double]
    /// Σ |position|².
    let square: Double
    /// Principal axes, [s, s], a column each.
    let axes: [Double]
  }

  /// Centres a system and finds its axes.
  /// - Parameter x: [N, s], finite.
  public func system(_ x: some Collection<Float>) -> System {
    let s = spaceDimension
    var positions = x.map { Double($0) }
    for d in 0..<s {
      let indices = stride(from: d, to: positions.count, by: s)
      let center = indices.reduce(0) { $0 + positions[$1] } / Double(particles)
      for index in indices { positions[index] -= center }
    }
    let moments = products(positions, positions, Array(0..<particles))
    return System(
      positions: positions, square: positions.reduce(0) { $0 + $1 * $1 },
      axes: SymmetricEigen(moments, count: s).vectors)
  }

  /// d².
  public func squaredDistance(_ x: System, _ y: System) -> Double {
    let gain = (0..<1 << spaceDimension).reduce(-Double.infinity) { best, signs in
      max(best, climb(x, y, from: initialRotation(x, y, signs)))
    }
    return max(0, x.square + y.square - 2 * gain)
  }

  /// The rotation that lays the axes on each other, with some of them turned round.
  private func initialRotation(_ x: System, _ y: System, _ signs: Int) -> [Double] {
    let s = spaceDimension
    return (0..<s * s).map { index in
      (0..<s).reduce(0) { sum, k in
        let sign = signs >> k & 1 == 0 ? 1.0 : -1
        return sum + sign * x.axes[index / s * s + k] * y.axes[index % s * s + k]
      }
    }
  }

  /// Σ x_p · R y_π(p) at the local maximum above a rotation.
  private func climb(_ x: System, _ y: System, from start: [Double]) -> Double {
    var (rotation, gain) = (start, -Double.infinity)
    for _ in 0..<50 {
      let order = LinearAssignment(costs(x, y, rotation), count: particles).columnOfRow
      let best = Procrustes(products(x.positions, y.positions, order), count: spaceDimension)
      guard best.gain > gain + 1e-12 * x.square else { return max(gain, best.gain) }
      (rotation, gain) = (best.rotation, best.gain)
    }
    return gain
  }

  /// -x_p · R y_q, [N, N].
  private func costs(_ x: System, _ y: System, _ rotation: [Double]) -> [Double] {
    let s = spaceDimension
    var result = [Double](repeating: 0, count: particles * particles)
    for q in 0..<particles {
      for d in 0..<s {
        let turned = (0..<s).reduce(0) { $0 + rotation[d * s + $1] * y.positions[q * s + $1] }
        for p in 0..<particles { result[p * particles + q] -= x.positions[p * s + d] * turned }
      }
    }
    return result
  }

  /// Σ_p x_p y_π(p)ᵀ, [s, s].
  private func products(_ x: [Double], _ y: [Double], _ order: [Int]) -> [Double] {
    let s = spaceDimension
    var result = [Double](repeating: 0, count: s * s)
    for (p, q) in order.enumerated() {
      for i in 0..<s {
        for j in 0..<s { result[i * s + j] += x[p * s + i] * y[q * s + j] }
      }
    }
    return result
  }
}
