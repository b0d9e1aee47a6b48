import Kernels

/// Entropic mode coverage: the entropy of the shares of the modes over the logarithm of their number.
///
///     EMC = -Σ p_k log p_k / log K
///
/// 1 for equal shares, 0 where all draws are in one mode. Needs no masses and, unlike the reverse
/// divergence, is not content with one mode.
/// Reference: Blessing et al. (2024), *Beyond ELBOs*, arXiv:2406.07423, section 4
public struct ModeEntropy: Sendable, Equatable {
  /// The entropy over its maximum, from the shares as they are.
  public let value: Double
  /// The 95% interval for the sampler's own probabilities; nil without draws.
  ///
  /// Shares have too little entropy by (K - 1) / 2n on average, which is added. The standard error is that
  /// of the mean of -log p, from shares with half a draw added to each mode, and of the chi-squared part
  /// that is left where all are equal.
  /// Reference: Miller (1955), *Note on the bias of information estimates*
  public let interval: ClosedRange<Double>?

  /// From the draws in each mode, [K].
  public init(hits: [Int]) {
    let total = hits.reduce(0, +)
    let (n, k) = (Double(total), Double(hits.count))
    guard hits.count > 1, total > 0 else {
      (value, interval) = (hits.count == 1 ? 1 : .nan, nil)
      return
    }
    let most = scalarLog(k)
    value = entropy(hits.map { Double($0) / n }) / most
    let smoothed = hits.map { (Double($0) + 0.5) / (n + 0.5 * k) }
    let center = value + (k - 1) / (2 * n * most)
    let mean = entropy(smoothed)
    let square = smoothed.reduce(0) { $0 + $1 * scalarLog($1) * scalarLog($1) }
    let variance = (max(0, square - mean * mean) + (k - 1) / (2 * n)) / n
    let margin = 1.96 * variance.squareRoot() / most
    interval = max(0, min(value, center - margin))...min(1, max(value, center + margin))
  }
}

extension ModeEntropy {
  /// The coverage as a figure, next to that of equal shares.
  ///
  /// - Parameter count: Number of draws.
  public func metric(count: Int) -> Metric {
    let isEven = interval.map { $0.contains(1) } ?? false
    let verdict: Verdict = isEven || value > 0.98 ? .ok : value > 0.5 ? .warn : .fail
    return Metric(
      "mode-entropy", value, interval: interval, count: count, truth: 1, verdict,
      isEven
        ? "as even as the draws can tell" : "\(short(1 - value)) below that of equal shares")
  }
}

/// -Σ p log p; empty modes add nothing.
func entropy(_ p: [Double]) -> Double {
  p.reduce(0) { $1 > 0 ? $0 - $1 * scalarLog($1) : $0 }
}

extension ModeWeights {
  /// Entropic mode coverage next to that of the masses, its mean over the factors.
  public var entropicCoverage: Metric {
    let modes = truth.count / max(1, factors)
    let each = (0..<factors).map { ModeEntropy(hits: Array(hits[$0 * modes..<($0 + 1) * modes])) }
    let value = each.reduce(0) { $0 + $1.value } / Double(factors)
    let exact = entropy(Array(truth.prefix(modes))) / scalarLog(Double(modes))
    let interval = meanOfFactors(each)
    let loss = (value - exact).magnitude
    let isExact = interval.map { $0.contains(exact) } ?? false
    let verdict: Verdict = isExact || loss < 0.02 ? .ok : loss < 0.1 ? .warn : .fail
    return Metric(
      "mode-entropy", value, interval: interval, count: count, truth: exact, verdict,
      isExact
        ? "as even as the masses, as far as the draws can tell"
        : "\(short(loss)) \(value < exact ? "below" : "above") that of the masses")
  }

  /// Margins of independent factors add as squares.
  private func meanOfFactors(_ each: [ModeEntropy]) -> ClosedRange<Double>? {
    let intervals = each.compactMap(\.interval)
    guard intervals.count == factors else { return nil }
    let center = each.reduce(0) { $0 + $1.value } / Double(factors)
    let below = zip(each, intervals).reduce(0) { $0 + squared($1.0.value - $1.1.lowerBound) }
    let above = zip(each, intervals).reduce(0) { $0 + squared($1.1.upperBound - $1.0.value) }
    return center - below.squareRoot() / Double(factors)...center + above.squareRoot()
      / Double(factors)
  }
}

private func squared(_ x: Double) -> Double { x * x }
