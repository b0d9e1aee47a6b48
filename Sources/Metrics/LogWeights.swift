import Kernels

// Figures from the importance log-weights w = log ρ(x_T) + Σ log P_B - Σ log P_F of paths drawn
// forwards: E[w] <= log Z = log E[exp w].

/// The mean of exp(w), as a logarithm.
public func logMeanExp(_ w: [Double]) -> Double {
  guard let largest = w.max(), largest.isFinite else { return w.max() ?? -.infinity }
  return largest + scalarLog(w.reduce(0) { $0 + scalarExp($1 - largest) } / Double(w.count))
}

/// Kish's effective sample size (Σ u)² / Σ u², u = exp(w); from 1 to the count, or 0 if a weight is
/// NaN or infinite or all are zero.
public func effectiveSampleSize(_ w: [Double]) -> Double {
  guard let largest = w.max(), largest.isFinite else { return 0 }
  var (sum, squares) = (0.0, 0.0)
  for value in w {
    let u = scalarExp(value - largest)
    sum += u
    squares += u * u
  }
  return squares > 0 ? sum * sum / squares : 0
}

/// The evidence lower bound, mean of w, next to log Z where known.
public func elbo(_ w: [Double], truth: Double?) -> Metric {
  let (mean, standardError) = meanAndError(w)
  let bound = truth ?? logMeanExp(w)
  let gap = bound - mean
  let verdict: Verdict = !mean.isFinite ? .fail : gap < 0.5 ? .ok : gap < 2 ? .warn : .fail
  return Metric(
    "elbo", mean,
    interval: normalInterval(mean, standardError: standardError), count: w.count, truth: truth,
    verdict, "\(short(gap)) nats below \(truth == nil ? "the weighted estimate of log Z" : "log Z")"
  )
}

/// The evidence upper bound, mean of w over paths drawn backwards from exact samples, next to log Z
/// where known.
///
/// A mode that the sampler misses shows here, and not in the lower bound.
/// Reference: Blessing et al. (2024), *Beyond ELBOs*, arXiv:2406.07423, section 4
public func eubo(_ w: [Double], truth: Double?, elbo: Double) -> Metric {
  let (mean, standardError) = meanAndError(w)
  let gap = mean - elbo
  let excess = truth.map { mean - $0 } ?? gap
  let verdict: Verdict = !mean.isFinite ? .fail : excess < 0.5 ? .ok : excess < 2 ? .warn : .fail
  return Metric(
    "eubo", mean, interval: normalInterval(mean, standardError: standardError), count: w.count,
    truth: truth, verdict, "\(short(gap)) nats above the lower bound")
}

private func meanAndError(_ w: [Double]) -> (mean: Double, standardError: Double) {
  let mean = w.reduce(0, +) / Double(max(1, w.count))
  let variance = w.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, w.count - 1))
  return (mean, (variance / Double(max(1, w.count))).squareRoot())
}

/// The importance-weighted log Z with a bootstrap interval.
public func logNormalizer(_ w: [Double], truth: Double?, _ stream: RandomStream) -> Metric {
  let value = logMeanExp(w)
  let interval = bootstrapInterval(w, stream)
  let share = effectiveSampleSize(w) / Double(max(1, w.count))
  let width = interval.map { $0.upperBound - $0.lowerBound } ?? .infinity
  let verdict: Verdict
  let reason: String
  if let truth {
    let error = (value - truth).magnitude
    verdict = error < max(0.05, width) && share > 0.1 ? .ok : error < 0.5 ? .warn : .fail
    reason = "off by \(short(error))"
  } else {
    verdict = share > 0.1 ? .ok : share > 0.01 ? .warn : .fail
    reason = "rests on \(short(100 * share))% of the draws"
  }
  return Metric(
    "log-normalizer", value, interval: interval, count: w.count, truth: truth, verdict, reason)
}

/// The effective sample size as a share of the draws.
public func effectiveShare(_ w: [Double]) -> Metric {
  let share = effectiveSampleSize(w) / Double(max(1, w.count))
  let verdict: Verdict = share > 0.3 ? .ok : share > 0.05 ? .warn : .fail
  return Metric(
    "effective-sample-share", share, count: w.count, truth: 1, verdict,
    "weighted averages are worth \(Int(share * Double(w.count))) exact draws")
}

/// The 95% percentile interval of log-mean-exp over 400 resamples.
private func bootstrapInterval(_ w: [Double], _ stream: RandomStream) -> ClosedRange<Double>? {
  let resamples = 400
  guard w.count > 1, let largest = w.max(), largest.isFinite, !w.contains(where: \.isNaN) else {
    return nil
  }
  let u = w.map { scalarExp($0 - largest) }
  var picks = [Float](repeating: 0, count: w.count)
  var estimates: [Double] = []
  for resample in 0..<resamples {
    InstructionSet.active.kernels.uniforms(
      key: stream.key, step: UInt32(resample), firstRow: 0, rows: 1, columns: w.count, to: &picks)
    let sum = picks.reduce(0.0) { sum, pick in
      sum + u[min(w.count - 1, Int(pick * Float(w.count)))]
    }
    estimates.append(largest + scalarLog(sum / Double(w.count)))
  }
  estimates.sort()
  let tail = resamples / 40
  return estimates[tail]...estimates[resamples - 1 - tail]
}
