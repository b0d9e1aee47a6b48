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
  let verdict: Verdict = !isKnown ? .warn : half < 0.1 ? .ok : half < 1 ? .warn : .fail
  return Metric(
    "log-normalizer", value, interval: interval, count: logs.count, truth: truth, verdict,
    isKnown ? "\(logs.count) repeats agree within \(short(half))" : "no repeats to compare")
}
