/// The mean of -x · ∇ log ρ(x) over chains, which is the number of degrees of freedom under any density that
/// falls off fast enough.
///
/// ```text
/// E[x · ∇ log ρ] = ∫ x · ∇ρ / Z = -D      by parts
/// ```
///
/// A test of draws and density alike that needs no truth but that; heavy tails make its error large.
/// - Parameters:
///   - products: -x · ∇ log ρ(x) of each draw, [chains, draws].
///   - chains: How many.
///   - degreesOfFreedom: D, or fewer where x does not fill the space.
public func chainVirial(_ products: [Double], chains: Int, degreesOfFreedom: Int) -> Metric {
  let diagnostics = ChainDiagnostics(products, chains: chains, dimension: 1)
  let (mean, error) = (diagnostics.mean[0], diagnostics.standardError[0])
  let truth = Double(degreesOfFreedom)
  let distance = (mean - truth).magnitude / error
  let verdict: Verdict = distance <= 3 ? .ok : distance <= 4 ? .warn : .fail
  return Metric(
    "virial", mean, interval: normalInterval(mean, standardError: error), count: products.count,
    truth: truth, verdict, "\(short(distance)) standard errors from the degrees of freedom")
}
