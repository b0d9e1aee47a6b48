import CErrorText
import Metrics
import Storage

extension OutputArray {
  /// Writes a figure's value and interval, and remarks what it is worth; without an interval both ends
  /// are the value.
  func write(_ metric: Metric) throws {
    try write([metric.value, metric.low, metric.high], shape: [3])
    remark(metric)
  }

  /// Writes a distance and its interval, whose ends are NaN where there is none.
  ///
  /// - Parameters:
  ///   - estimate: The distance.
  ///   - inputs: The samples; the smaller one's points are the count.
  func write(_ estimate: DistanceEstimate, of inputs: [InputArray]) throws {
    let (low, high) = (estimate.interval?.lowerBound, estimate.interval?.upperBound)
    try write([estimate.value, low ?? .nan, high ?? .nan], shape: [3])
    remark(estimate.metric("distance", count: inputs.pointCount, floors: []))
  }

  /// Writes 0 for ok, 1 for warn, 2 for fail.
  func write(_ verdict: Verdict) throws {
    try write(verdict == .ok ? 0 : verdict == .warn ? 1 : 2)
  }
}

/// Leaves what a figure is worth for `tightrope_last_remark`.
func remark(_ metric: Metric) {
  let remark: JSONValue = [
    "count": .integer(Int64(metric.count)), "floor": metric.floor.map { JSONValue($0) } ?? .null,
    "verdict": .string(metric.verdict.rawValue), "reason": .string(metric.reason),
  ]
  remark_text_set(remark.compact)
}

extension [InputArray] {
  /// The number of points of the smallest sample.
  var pointCount: Int { map { $0.shape.first ?? 1 }.min() ?? 0 }
}

extension InputArray {
  /// The elements as points are stored.
  var points: [Float] { values.map { Float($0) } }

  /// Refuses all but finite arrays with some axes, at least `least` and at most `limit` along the first.
  ///
  /// Numbers that are too large for points are refused as infinite.
  func requirePoints(rank: Int, least: Int = 1, limit: Int? = nil) throws {
    try requireRank(rank)
    try requireElements()
    guard shape[0] >= least else {
      throw ArgumentError("\(name) holds \(shape[0]) points; it takes at least \(least)")
    }
    if let limit, shape[0] > limit {
      throw ArgumentError("\(name) holds \(shape[0]) points; this takes up to \(limit)")
    }
    let bad = values.count { !Float($0).isFinite }
    if bad > 0 { throw ArgumentError("\(name) holds \(bad) values that are NaN or infinite") }
  }

  /// Refuses points of another kind than another array's.
  func requireRows(like other: InputArray) throws {
    guard shape.dropFirst() == other.shape.dropFirst() else {
      throw ArgumentError(
        "\(name) must have rows of the shape \(Array(other.shape.dropFirst())), "
          + "not \(Array(shape.dropFirst()))")
    }
  }
}

/// A whole number of a configuration.
func wholeNumber(
  _ config: JSONValue, _ key: String, in range: ClosedRange<Int>
) throws -> Int {
  guard let value = config[key]?.integer.map({ Int($0) }), range.contains(value) else {
    throw ConfigError.invalid(
      path: key, reason: "it must be from \(range.lowerBound) to \(range.upperBound)")
  }
  return value
}
