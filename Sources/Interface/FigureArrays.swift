import Metrics
import Storage

extension OutputArray {
  /// Writes the value and both ends of the interval, NaN where there is none.
  func write(estimate value: Double, _ interval: ClosedRange<Double>?) throws {
    try write([value, interval?.lowerBound ?? .nan, interval?.upperBound ?? .nan], shape: [3])
  }

  /// Writes a figure's value and interval; without an interval both ends are the value.
  func write(_ metric: Metric) throws {
    try write([metric.value, metric.low, metric.high], shape: [3])
  }

  /// Writes a distance and its interval.
  func write(_ estimate: DistanceEstimate) throws {
    try write(estimate: estimate.value, estimate.interval)
  }

  /// Writes 0 for ok, 1 for warn, 2 for fail.
  func write(_ verdict: Verdict) throws {
    try write(verdict == .ok ? 0 : verdict == .warn ? 1 : 2)
  }
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
