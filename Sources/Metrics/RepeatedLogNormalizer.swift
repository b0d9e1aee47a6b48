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
  let half = studentQuantile(logs.count - 1) * (variance / n).squareRoot()
  let isKnown = logs.count > 1 && half.isFinite
  let interval = isKnown ? value - half...value + half : nil
  let verdict: Verdict = !isKnown ? .warn : half < 0.1 ? .ok : half < 1 ? .warn : .fail
  return Metric(
    "log-normalizer", value, interval: interval, count: logs.count, truth: truth, verdict,
    isKnown ? "\(logs.count) repeats agree within \(short(half))" : "no repeats to compare")
}

/// The 97.5% quantile of Student's distribution with so many degrees of freedom.
///
/// From the normal quantile z by the expansion in 1/ν with exact values below 6; within 0.1% of the truth.
/// Reference: Abramowitz and Stegun (1964), *Handbook of mathematical functions*, 26.7.5
func studentQuantile(_ freedom: Int) -> Double {
  let exact = [Double.nan, 12.7062047, 4.3026527, 3.1824463, 2.7764451, 2.5705818]
  guard freedom >= exact.count else { return exact[max(0, freedom)] }
  let (z, v) = (1.959963984540054, Double(freedom))
  let square = z * z
  let first = z * (square + 1) / 4
  let second = z * ((5 * square + 16) * square + 3) / 96
  let third = z * (((3 * square + 19) * square + 17) * square - 15) / 384
  return z + first / v + second / (v * v) + third / (v * v * v)
}
