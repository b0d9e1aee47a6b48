/// The virial identity: minus the mean of x · score over exact samples is the number of degrees of freedom.
///
///     -E[x · ∇ log ρ(x)] = D
///
/// By parts, for every density that falls off fast enough; (N - 1) s for N particles in s dimensions
/// whose density does not see where their centre is and whose samples have it at 0. It needs no reference
/// and no log Z: it checks a density's gradient against its samples, and a sampler against both. Widths
/// that are wrong show; a missing mode does not.
/// - Parameters:
///   - x: [n, D].
///   - score: ∇ log ρ, [n, D].
///   - freedom: What the mean should be.
/// - Returns: The mean with its interval; ok within 3 of its standard errors, warn within 2%.
public func virial(_ x: [Float], score: [Float], dimension: Int, freedom: Double) -> Metric {
  precondition(x.count == score.count && dimension > 0, "virial: a score for each point")
  let moments = SampleMoments(virialTerms(x, score, dimension))
  let excess = moments.mean - freedom
  let errors = (excess / moments.standardError).magnitude
  let isNear = excess.magnitude < 0.02 * freedom
  let verdict: Verdict = excess == 0 || errors <= 3 ? .ok : isNear ? .warn : .fail
  return Metric(
    "virial", moments.mean, interval: moments.interval, count: moments.count, truth: freedom,
    verdict, "\(short(errors)) standard errors of \(short(moments.standardError)) from the truth")
}

/// -x · score of each point.
private func virialTerms(_ x: [Float], _ score: [Float], _ dimension: Int) -> [Double] {
  stride(from: 0, to: x.count, by: dimension).map { row in
    (row..<row + dimension).reduce(0) { $0 - Double(x[$1]) * Double(score[$1]) }
  }
}
