import Kernels

/// The figures of a sampler for many conditions: each of one condition's log-weights, and then the mean
/// over conditions, whose interval is that of conditions drawn like these.
///
/// A log-mean-exp over draws of different conditions would be that of the easiest condition: log Z is
/// estimated for each by itself.
public func conditionalFigures(_ weights: [[Double]]) -> [Metric] {
  let count = weights.reduce(0) { $0 + $1.count }
  let bounds = weights.map { $0.reduce(0, +) / Double(max(1, $0.count)) }
  let normalizers = weights.map { logMeanExp($0) }
  let shares = weights.map { effectiveSampleSize($0) / Double(max(1, $0.count)) }
  let (bound, normalizer, share) = (mean(bounds), mean(normalizers), mean(shares))
  let gap = normalizer - bound
  let fewest = weights.map(\.count).min() ?? 0
  return [
    Metric(
      "elbo", bound, interval: meanInterval(bounds), count: count,
      !bound.isFinite ? .fail : gap < 0.5 ? .ok : gap < 2 ? .warn : .fail,
      "\(short(gap)) nats below the weighted estimate of log Z, mean over \(weights.count) conditions"
    ),
    Metric(
      "log-normalizer", normalizer, interval: meanInterval(normalizers), count: count,
      share > 0.1 && fewest >= 100 ? .ok : share > 0.01 ? .warn : .fail,
      "each condition's rests on \(short(100 * share))% of at least \(fewest) draws"),
    Metric(
      "effective-sample-share", share, interval: meanInterval(shares), count: count, truth: 1,
      share > 0.3 ? .ok : share > 0.05 ? .warn : .fail, "mean over conditions"),
  ]
}

private func mean(_ x: [Double]) -> Double { x.reduce(0, +) / Double(max(1, x.count)) }
