import Densities
import Kernels

/// The share of the draws in each mode of a density with known modes.
///
/// Of a product, the modes of each factor are counted apart.
public struct ModeWeights: Sendable {
  /// Number of draws in each mode, factor after factor.
  public let hits: [Int]
  /// Share of the draws, one for each mode, factor after factor.
  public let shares: [Double]
  /// The exact masses.
  public let truth: [Double]
  /// Number of factors.
  public let factors: Int
  /// Number of draws.
  public let count: Int

  /// Counts draws, [count, D].
  public init(_ x: [Float], _ density: some MultimodalDensity) {
    let dimension = density.dimension
    let count = x.count / dimension
    let (factors, modes) = (density.factors, density.modeCount)
    var hits = [Int](repeating: 0, count: factors * modes)
    x.withUnsafeBufferPointer { x in
      guard let base = x.baseAddress else { return }
      for row in 0..<count {
        for factor in 0..<factors {
          hits[factor * modes + density.mode(of: base + row * dimension, factor: factor)] += 1
        }
      }
    }
    self.hits = hits
    shares = hits.map { Double($0) / Double(max(1, count)) }
    truth = (0..<factors).flatMap { _ in density.modeWeights }
    self.factors = factors
    self.count = count
  }

  /// The 95% interval of each mode's probability, factor after factor.
  public var intervals: [ClosedRange<Double>] {
    hits.map { shareInterval(hits: $0, count: count) }
  }

  /// Modes whose share is between half and twice their mass.
  public var found: Metric {
    let found = zip(shares, truth).count { $0 >= 0.5 * $1 && $0 <= 2 * $1 }
    let missed = shares.count { $0 == 0 }
    let verdict: Verdict = found == truth.count ? .ok : missed == 0 ? .warn : .fail
    let ratios = zip(shares, truth).filter { $0.1 > 0 }.map { $0 / $1 }
    let (low, high) = (short(ratios.min() ?? 0), short(ratios.max() ?? 0))
    return Metric(
      "modes-found", Double(found), count: count, truth: Double(truth.count), verdict,
      "\(missed) modes without a draw; shares are \(low) to \(high) times the mass")
  }

  /// The part of log Z in modes without a draw, which reweighting the draws cannot see:
  /// -Σ log(mass of the modes seen) over the factors.
  ///
  /// Of a many-well in 32 dimensions 2.708 says that every left well was missed.
  public var unseen: Metric {
    let modes = truth.count / max(1, factors)
    let missed = shares.count { $0 == 0 }
    let nats = (0..<factors).reduce(0.0) { sum, factor in
      let seen = (0..<modes).reduce(0.0) { mass, mode in
        let index = factor * modes + mode
        return shares[index] > 0 ? mass + truth[index] : mass
      }
      return sum - scalarLog(seen)
    }
    return Metric(
      "unseen-log-mass", nats, count: count, truth: 0,
      missed == 0 ? .ok : nats < 0.05 ? .warn : .fail,
      missed == 0
        ? "every mode has draws"
        : "\(missed) of \(truth.count) modes have no draw; reweighted log Z is this much too small")
  }

  /// Total variation between shares and masses, ½ Σ |share - mass|; its mean over the factors.
  ///
  /// The interval is that of what such a sampler scores at this count; exact draws do not score 0.
  public var totalVariation: Metric {
    let half = 0.5 / Double(factors)
    let distance = half * zip(shares, truth).reduce(0) { $0 + ($1.0 - $1.1).magnitude }
    let floor = truth.reduce(0) { sum, p in
      sum + half * (2 * p * (1 - p) / (.pi * Double(max(1, count)))).squareRoot()
    }
    let verdict: Verdict = distance < 3 * floor ? .ok : distance < 0.3 ? .warn : .fail
    return Metric(
      "mode-weight-distance", distance, interval: distanceInterval(distance), count: count,
      truth: 0, floor: floor, verdict,
      "exact draws score about \(short(floor)) at this count")
  }

  /// By the variance of each draw's part in the distance, the sign of its mode's excess; factors are
  /// independent.
  private func distanceInterval(_ distance: Double) -> ClosedRange<Double>? {
    guard count > 1 else { return nil }
    let modes = truth.count / max(1, factors)
    let variance = (0..<factors).reduce(0.0) { sum, factor in
      let range = factor * modes..<(factor + 1) * modes
      let mean = range.reduce(0.0) { $0 + (shares[$1] > truth[$1] ? 1 : -1) * shares[$1] }
      return sum + 0.25 * (1 - mean * mean) / Double(count - 1)
    }
    let margin = 1.96 * variance.squareRoot() / Double(factors)
    return max(0, distance - margin)...min(1, distance + margin)
  }
}
