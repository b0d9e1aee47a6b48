import Kernels

/// How the variance that is added grows from level to level.
public enum VarianceSchedule: String, Codable, Sendable, CaseIterable {
  /// β from 0.1 / L to 20 / L: 10⁻⁴ to 0.02 for the customary 1000 levels.
  case linear
  /// The share of data falls as a squared cosine: slower at both ends, for small images.
  case cosine
}

/// The noise levels l = 0 … L - 1 of a process that keeps the variance of data of variance 1.
///
///     y_l = a_l x + s_l ε,   a_l² = ∏_{k ≤ l} (1 - β_k),   s_l² = 1 - a_l²
///
/// cosine: a_l² = f(l + 1) / f(0) with f(t) = cos²(π/2 (t / L + 0.008) / 1.008), β_l at most 0.999.
/// Reference: Ho, Jain and Abbeel (2020), arXiv:2006.11239, section 4; Nichol and Dhariwal (2021),
/// *Improved denoising diffusion probabilistic models*, eq. 17, arXiv:2102.09672
public struct NoiseLevels: Sendable {
  /// a_l, [L].
  public let signal: [Double]
  /// s_l, [L].
  public let noise: [Double]

  /// L levels, at least 1.
  public init(_ schedule: VarianceSchedule, count: Int) {
    precondition(count > 0, "a process without noise levels")
    var product = 1.0
    var (signal, noise): ([Double], [Double]) = ([], [])
    for level in 0..<count {
      product *= 1 - Self.variance(schedule, level, of: count)
      signal.append(product.squareRoot())
      noise.append((1 - product).squareRoot())
    }
    (self.signal, self.noise) = (signal, noise)
  }

  /// L.
  public var count: Int { signal.count }

  /// Noise relative to data, s_l / a_l.
  public func deviation(at level: Int) -> Double { noise[level] / signal[level] }

  /// The level of a relative deviation, between whole levels linear in its logarithm.
  public func level(of deviation: Double) -> Double {
    guard let above = (0..<count).first(where: { self.deviation(at: $0) >= deviation }) else {
      return Double(count - 1)
    }
    guard above > 0 else { return 0 }
    let (low, high) = (
      scalarLog(self.deviation(at: above - 1)), scalarLog(self.deviation(at: above))
    )
    return Double(above - 1) + (scalarLog(deviation) - low) / (high - low)
  }

  /// β_l.
  private static func variance(
    _ schedule: VarianceSchedule, _ level: Int, of count: Int
  ) -> Double {
    let (l, n) = (Double(level), Double(count))
    switch schedule {
    case .linear:
      let part = count > 1 ? l / (n - 1) : 1
      return min(0.999, (0.1 + 19.9 * part) / n)
    case .cosine:
      func share(_ t: Double) -> Double {
        let wave = scalarCosPi(0.5 * (t / n + 0.008) / 1.008)
        return wave * wave
      }
      return min(0.999, 1 - share(l + 1) / share(l))
    }
  }
}
