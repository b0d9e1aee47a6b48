/// The total variation between histograms of the distances among particles, with what lies outside.
///
///     TV = ½ Σ_b |p_b - q_b|
///
/// Equal bins span the distances of the reference; what the draws have below and above goes into two
/// more. Both histograms are shares of all distances, so that distances outside count: published code
/// leaves them out and divides by what is left, and does not see a sampler's outliers. Compare only what
/// has the same bins and counts.
/// Reference: Akhound-Sadegh et al. (2024), *Iterated denoising energy matching*, arXiv:2402.06121, with
/// 200 bins
public struct DistanceVariation: Sendable {
  /// The distance, and its interval for independent systems.
  public let estimate: DistanceEstimate
  /// The share of the draws' distances that are below or above all of the reference, or no numbers.
  public let outside: Double

  /// Compares systems of particles.
  /// - Parameters:
  ///   - x: Draws, [n, N s], n > 0.
  ///   - reference: Exact samples, [m, N s], finite, m > 0.
  ///   - particles: N > 1.
  ///   - bins: Bins between the smallest and the largest distance of the reference, > 0.
  public init(_ x: [Float], reference: [Float], particles: Int, spaceDimension: Int, bins: Int) {
    precondition(particles > 1 && bins > 0, "distances: there must be two particles and a bin")
    let draws = pairDistances(x, particles, spaceDimension)
    let exact = pairDistances(reference, particles, spaceDimension)
    let range = HistogramRange(low: exact.min() ?? 0, high: exact.max() ?? 0, bins: bins)
    let (left, right) = (draws.map(range.bin), exact.map(range.bin))
    let (p, q) = (range.shares(left), range.shares(right))
    let signs = zip(p, q).map { $0 == $1 ? 0.0 : $0 > $1 ? 0.5 : -0.5 }
    let pairs = particles * (particles - 1) / 2
    estimate = DistanceEstimate(
      value: zip(p, q).reduce(0) { $0 + 0.5 * ($1.0 - $1.1).magnitude },
      left: means(of: signs, left, pairs), right: means(of: signs, right, pairs))
    outside = p[0] + p[bins + 1]
  }
}

/// Bins 1 to `bins` of equal width, 0 for what is below and `bins` + 1 for the rest.
private struct HistogramRange {
  let low: Double
  let high: Double
  let bins: Int

  func bin(_ x: Double) -> Int {
    guard x >= low else { return x < low ? 0 : bins + 1 }
    guard x <= high else { return bins + 1 }
    return low < high ? 1 + min(bins - 1, Int((x - low) / (high - low) * Double(bins))) : 1
  }

  func shares(_ members: [Int]) -> [Double] {
    var counts = [Int](repeating: 0, count: bins + 2)
    for bin in members { counts[bin] += 1 }
    return counts.map { Double($0) / Double(max(1, members.count)) }
  }
}

/// |x_p - x_q| of all pairs p < q of all systems, [n, N (N - 1) / 2].
func pairDistances(_ x: [Float], _ particles: Int, _ spaceDimension: Int) -> [Double] {
  let dimension = particles * spaceDimension
  return x.withUnsafeBufferPointer { x in
    stride(from: 0, to: x.count, by: dimension).flatMap { system in
      (1..<particles).flatMap { p in
        (0..<p).map { q in
          (0..<spaceDimension).reduce(0.0) { sum, d in
            let difference =
              Double(x[system + p * spaceDimension + d])
              - Double(x[system + q * spaceDimension + d])
            return sum + difference * difference
          }.squareRoot()
        }
      }
    }
  }
}

/// The mean value of each system's bins, [n].
private func means(of values: [Double], _ members: [Int], _ pairs: Int) -> [Double] {
  stride(from: 0, to: members.count, by: pairs).map { start in
    members[start..<start + pairs].reduce(0) { $0 + values[$1] } / Double(pairs)
  }
}
