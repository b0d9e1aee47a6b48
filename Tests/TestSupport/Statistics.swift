import Testing

// Statistical tests draw from fixed streams, so they pass or fail for good. The rates below are those
// of a stream chosen at random: what to think of a failure after the streams changed.

/// How far an average may be from its truth.
package enum Confidence: Sendable {
  /// So many standard errors of the average: 4 raise a false alarm in 6 of 100,000 comparisons.
  case standardErrors(Double)
}

/// Requires the mean of independent values to be near its truth.
package func expectMean(
  of values: [Double], is truth: Double, within confidence: Confidence,
  _ note: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  guard case .standardErrors(let allowed) = confidence else { return }
  let (mean, error) = meanAndError(values)
  let distance = (mean - truth).magnitude / error
  #expect(
    mean == truth || distance <= allowed, "\(note()): \(mean) ± \(error), not \(truth)",
    sourceLocation: sourceLocation)
}

/// The mean and its standard error.
package func meanAndError(_ values: [Double]) -> (mean: Double, error: Double) {
  let n = Double(values.count)
  let mean = values.reduce(0, +) / n
  let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  return (mean, (square / (n - 1) / n).squareRoot())
}

/// Kolmogorov's distance √n sup |F_n - F|: above 2.0 for 1 of 1500 sets of true samples.
package func kolmogorovDistance(_ values: [Double], _ cumulative: (Double) -> Double) -> Double {
  let n = Double(values.count)
  var worst = 0.0
  for (index, value) in values.sorted().enumerated() {
    let p = cumulative(value)
    worst = max(worst, (p - Double(index) / n).magnitude, (p - Double(index + 1) / n).magnitude)
  }
  return worst * n.squareRoot()
}
