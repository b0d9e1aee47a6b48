/// Minus the mean log-density of points under a model, in nats.
///
/// No model of exact samples has less than their entropy; the excess is the divergence KL(ρ/Z ‖ q).
/// - Parameters:
///   - model: log q of each point, [n].
///   - exact: log ρ - log Z of the same points, where log Z is known, [n]; the floor is minus its mean.
/// - Returns: ok within 0.1 nats of the floor, warn within 1; without a floor ok where it is finite.
public func negativeLogLikelihood(_ model: [Double], exact: [Double]?) -> Metric {
  precondition(exact.map { $0.count == model.count } ?? true, "one log-density for each point")
  let moments = SampleMoments(model.map { -$0 })
  guard let exact else {
    return Metric(
      "negative-log-likelihood", moments.mean, interval: moments.interval, count: model.count,
      moments.mean.isFinite ? .ok : .fail, "the entropy, its least value, is not known")
  }
  let excess = SampleMoments(zip(exact, model).map { $0 - $1 })
  let verdict: Verdict =
    !excess.mean.isFinite ? .fail : excess.mean < 0.1 ? .ok : excess.mean < 1 ? .warn : .fail
  return Metric(
    "negative-log-likelihood", moments.mean, interval: moments.interval, count: model.count,
    floor: moments.mean - excess.mean, verdict,
    "\(short(excess.mean)) nats above the density's own")
}
