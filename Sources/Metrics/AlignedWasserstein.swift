import Kernels

/// The most systems of particles on a side that aligned transport takes.
public let alignedTransportLimit = 2000

/// W2 squared between two sets of systems of equal particles, with distances after alignment.
///
///     W2² = min over matchings of the mean of d²(x, y),   d of `ParticleAlignment`
///
/// What copies of a system turned, moved or reordered score is 0. n² alignments, of 2^s starts each.
/// Reference: Köhler, Klein and Noé (2020), *Equivariant flows*, arXiv:2006.02425
/// - Parameters:
///   - x: [n, N s].
///   - y: [n, N s].
///   - alignment: N and s.
///   - pool: Shares out the rows.
public func alignedTransport(
  _ x: [Float], _ y: [Float], _ alignment: ParticleAlignment, pool: ThreadPool = .shared
) -> DistanceEstimate {
  let dimension = alignment.particles * alignment.spaceDimension
  let n = x.count / dimension
  precondition(x.count == y.count && x.count == n * dimension, "W: two sets of the same size")
  let (left, right) = (systems(x, alignment, dimension), systems(y, alignment, dimension))
  var cost = [Double](repeating: 0, count: n * n)
  cost.withUnsafeMutableBufferPointer { cost in
    let shared = SharedBuffer(cost)
    pool.run(n) { i, _ in
      for j in 0..<n { shared.base[i * n + j] = alignment.squaredDistance(left[i], right[j]) }
    }
  }
  return transport(cost, count: n)
}

private func systems(
  _ x: [Float], _ alignment: ParticleAlignment, _ dimension: Int
) -> [ParticleAlignment.System] {
  stride(from: 0, to: x.count, by: dimension).map { alignment.system(x[$0..<$0 + dimension]) }
}
