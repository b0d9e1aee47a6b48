/// A distance between two samples, with the interval of what such samples score at their counts.
///
/// Two exact samples are not at distance 0: distances between samples are too large, the more so the
/// fewer points and the more dimensions. What fluctuates around E[distance at these counts] is nearly a
/// mean of independent terms, one for each point: its influence. The interval is that of this mean, to
/// be compared with the floor, the score of exact samples at the same counts. Near the floor it is too
/// wide rather than too narrow.
/// Reference: del Barrio and Loubes (2019), *Central limit theorems for empirical transportation cost in
/// general dimension*, Annals of Probability 47, theorem 1.1: the influences are the dual potentials
public struct DistanceEstimate: Sendable, Equatable {
  /// The distance.
  public let value: Double
  /// Its 95% interval; nil for fewer than two points on a side.
  public let interval: ClosedRange<Double>?

  /// States a distance.
  public init(value: Double, interval: ClosedRange<Double>?) {
    (self.value, self.interval) = (value, interval)
  }

  /// A distance with the influence of each point of both samples, up to constants.
  init(value: Double, left: [Double], right: [Double]) {
    let (a, b) = (SampleMoments(left), SampleMoments(right))
    let variance = a.standardError * a.standardError + b.standardError * b.standardError
    self.value = value
    interval = normalInterval(value, standardError: variance.squareRoot())
  }

  /// The root of a squared distance and of the ends of its interval, of which none is negative.
  public var root: DistanceEstimate {
    DistanceEstimate(
      value: max(0, value).squareRoot(),
      interval: interval.map {
        max(0, $0.lowerBound).squareRoot()...max(0, $0.upperBound).squareRoot()
      })
  }

  /// The distance as a figure, next to the distances of independent pairs of exact samples.
  ///
  /// - Parameters:
  ///   - name: As in the catalogue.
  ///   - count: Points on each side.
  ///   - floors: Distances of exact samples at the same counts; empty where there are none.
  ///   - limits: Ratios to the floor up to which the figure is as good as exact, and usable.
  public func metric(
    _ name: String, count: Int, floors: [Double], limits: (ok: Double, warn: Double) = (1.5, 3)
  ) -> Metric {
    guard !floors.isEmpty else {
      return Metric(
        name, value, interval: interval, count: count, value.isFinite ? .warn : .fail,
        "there is no floor to compare it with")
    }
    let floor = floors.reduce(0, +) / Double(floors.count)
    let highest = floors.max() ?? floor
    let ratio = value / floor
    let isExact = ratio < limits.ok || value <= highest
    let verdict: Verdict = isExact ? .ok : ratio < limits.warn ? .warn : .fail
    return Metric(
      name, value, interval: interval, count: count, floor: floor, verdict,
      "\(short(ratio)) times what exact samples score")
  }
}
