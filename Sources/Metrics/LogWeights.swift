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
  let moments = SampleMoments(w)
  let bound = truth ?? logMeanExp(w)
  let gap = bound - moments.mean
  let verdict: Verdict = !moments.mean.isFinite ? .fail : gap < 0.5 ? .ok : gap < 2 ? .warn : .fail
  return Metric(
    "elbo", moments.mean, interval: moments.interval, count: w.count, truth: truth, verdict,
    "\(short(gap)) nats below \(truth == nil ? "the weighted estimate of log Z" : "log Z")")
}

/// The evidence upper bound, mean of w over paths drawn backwards from exact samples, next to log Z
/// where known.
///
/// A mode that the sampler misses shows here, and not in the lower bound.
/// Reference: Blessing et al. (2024), *Beyond ELBOs*, arXiv:2406.07423, section 4
public func eubo(_ w: [Double], truth: Double?, elbo: Double) -> Metric {
  let moments = SampleMoments(w)
  let gap = moments.mean - elbo
  let excess = truth.map { moments.mean - $0 } ?? gap
  let verdict: Verdict =
    !moments.mean.isFinite ? .fail : excess < 0.5 ? .ok : excess < 2 ? .warn : .fail
  return Metric(
    "eubo", moments.mean, interval: moments.interval, count: w.count, truth: truth, verdict,
    "\(short(gap)) nats above the lower bound")
}

/// EUBO - ELBO, the sum of both Kullback-Leibler divergences between sampler's and density's paths.
///
/// 0 for a perfect sampler, and not to be had below it: the figure to compare samplers by where exact
/// samples are known.
/// - Parameters:
///   - forward: Log-weights of paths drawn forwards, [n].
///   - backward: Log-weights of paths drawn backwards from exact samples, [m].
public func evidenceGap(forward: [Double], backward: [Double]) -> Metric {
  let (lower, upper) = (SampleMoments(forward), SampleMoments(backward))
  let gap = upper.mean - lower.mean
  let variance =
    lower.standardError * lower.standardError + upper.standardError * upper.standardError
  let verdict: Verdict = !gap.isFinite ? .fail : gap < 1 ? .ok : gap < 4 ? .warn : .fail
  return Metric(
    "evidence-gap", gap, interval: normalInterval(gap, standardError: variance.squareRoot()),
    count: min(forward.count, backward.count), truth: 0, verdict,
    "both divergences between the sampler and the density, in nats")
}
