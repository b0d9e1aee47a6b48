import Kernels

/// log Z from independent unbiased estimates of Z, with the interval that their spread gives.
///
/// The value is the logarithm of the estimates' mean. The interval is Student's for the mean of their
/// logarithms, moved to the value: too few repeats make it wide, not wrong.
/// - Parameters:
///   - logs: Logarithms of the estimates, [n].
///   - truth: log Z where known.
public func repeatedLogNormalizer(_ logs: [Double], truth: Double?) -> Metric {
  let value = logMeanExp(logs)
  let n = Double(logs.count)
  let mean = logs.reduce(0, +) / n
  let variance = logs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(1, n - 1)
  let half = studentQuantile(freedom: logs.count - 1) * (variance / n).squareRoot()
  let isKnown = logs.count > 1 && half.isFinite
  let interval = isKnown ? value - half...value + half : nil
  let error = truth.map { (value - $0).magnitude } ?? 0
  // Repeats that miss the same modes agree.
  let isNear = error < max(0.05, isKnown ? 2 * half : 0)
  let spread = isKnown ? half : 0.5
  let verdict: Verdict =
    spread < 0.1 && isNear ? .ok : spread < 1 && (isNear || error < 0.5) ? .warn : .fail
  let agreement =
    isKnown ? "\(logs.count) repeats agree within \(short(half))" : "no repeats to compare"
  return Metric(
    "log-normalizer", value, interval: interval, count: logs.count, truth: truth, verdict,
    isNear ? agreement : "off by \(short(error)); \(agreement)")
}
