import Kernels

// log Z by importance weighting, from paths drawn forwards and from paths drawn backwards from exact
// samples:
//
//     Z = E_forward[exp w],   1 / Z = E_backward[exp -w]
//
// The first misses what the sampler misses and is too small then; the second is too large then.

/// The importance-weighted log Z from paths drawn forwards.
///
/// The interval is that of the mean weight, with its skewness removed. It holds where the weights have a
/// variance, k < ½ (`paretoShape`).
public func logNormalizer(_ w: [Double], truth: Double?) -> Metric {
  weighted("log-normalizer", w, truth: truth, value: logMeanExp(w), interval: logMeanInterval(w))
}

/// The importance-weighted log Z from paths drawn backwards from exact samples, one each.
///
///     log Z = -log mean exp(-w)
///
/// Above the forward estimate by what the sampler misses.
/// Reference: Blessing et al. (2024), *Beyond ELBOs*, arXiv:2406.07423, equation 9
/// - Parameters:
///   - w: Log-weights, [n].
///   - truth: log Z, where known.
public func reverseLogNormalizer(_ w: [Double], truth: Double?) -> Metric {
  let inverse = w.map { -$0 }
  let interval = logMeanInterval(inverse).map { -$0.upperBound ... -$0.lowerBound }
  return weighted(
    "reverse-log-normalizer", inverse, truth: truth, value: -logMeanExp(inverse),
    interval: interval)
}

/// The effective sample size as a share of the draws, ESS / n.
///
/// The interval is that of the log-odds of the share by its influence, with the skewness removed. It asks
/// for fourth moments, k < ¼; beyond, large weights not yet drawn make every share from draws too large.
public func effectiveShare(_ w: [Double]) -> Metric {
  let share = effectiveSampleSize(w) / Double(max(1, w.count))
  let verdict: Verdict = share > 0.3 ? .ok : share > 0.05 ? .warn : .fail
  return Metric(
    "effective-sample-share", share, interval: shareInterval(w, share), count: w.count, truth: 1,
    verdict, "weighted averages are worth \(Int(share * Double(w.count))) exact draws")
}

private func weighted(
  _ name: String, _ w: [Double], truth: Double?, value: Double, interval: ClosedRange<Double>?
) -> Metric {
  let share = effectiveSampleSize(w) / Double(max(1, w.count))
  let width = interval.map { $0.upperBound - $0.lowerBound } ?? .infinity
  let verdict: Verdict
  let reason: String
  if let truth {
    let error = (value - truth).magnitude
    let isNear = error < max(0.05, width) && share > 0.1
    verdict = isNear ? .ok : error < 0.5 && share > 0 ? .warn : .fail
    reason = "off by \(short(error))"
  } else {
    verdict = share > 0.1 ? .ok : share > 0.01 ? .warn : .fail
    reason = "rests on \(short(100 * share))% of the draws"
  }
  return Metric(name, value, interval: interval, count: w.count, truth: truth, verdict, reason)
}

/// The interval of log mean exp(w); its lower end is that of one draw's share where the mean's is not
/// positive.
private func logMeanInterval(_ w: [Double]) -> ClosedRange<Double>? {
  guard let largest = w.max(), largest.isFinite, !w.contains(where: \.isNaN) else { return nil }
  let u = w.map { scalarExp($0 - largest) }
  guard let interval = meanInterval(u), interval.upperBound > 0 else { return nil }
  let least = u.reduce(0, +) / Double(u.count * u.count)
  return largest + scalarLog(max(least, interval.lowerBound))...largest
    + scalarLog(interval.upperBound)
}

/// The interval of ESS / n = mean(u)² / mean(u²), from the log-odds of each end.
private func shareInterval(_ w: [Double], _ share: Double) -> ClosedRange<Double>? {
  guard let largest = w.max(), largest.isFinite, share > 0 else { return nil }
  guard share < 1 - 1e-12 else { return share...share }
  let u = w.map { scalarExp($0 - largest) }
  let n = Double(u.count)
  let mean = u.reduce(0, +) / n
  let square = u.reduce(0) { $0 + $1 * $1 } / n
  let center = scalarLog(share / (1 - share))
  let influence = u.map { (2 * ($0 / mean - 1) - ($0 * $0 / square - 1)) / (1 - share) }
  guard let interval = meanInterval(influence) else { return nil }
  return max(
    1 / n, inverseLogit(center + interval.lowerBound))...max(
      1 / n, inverseLogit(center + interval.upperBound))
}

private func inverseLogit(_ x: Double) -> Double { 1 / (1 + scalarExp(-x)) }
