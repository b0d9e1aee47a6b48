/// Whether a figure may be trusted.
public enum Verdict: String, Codable, Sendable, CaseIterable {
  /// As good as it can be told apart at this sample count.
  case ok
  /// Usable with care.
  case warn
  /// Not to be used.
  case fail
}

/// One figure with all that is needed to judge it.
public struct Metric: Codable, Sendable, Equatable {
  /// The name, as in the catalogue.
  public let name: String
  /// The estimate.
  public let value: Double
  /// Lower end of the 95% interval; equals the value where none is known.
  public let low: Double
  /// Upper end of the 95% interval.
  public let high: Double
  /// Number of samples it rests on.
  public let count: Int
  /// The exact value, where known.
  public let truth: Double?
  /// What exact samples would score at the same count, where known.
  public let floor: Double?
  /// Trust.
  public let verdict: Verdict
  /// One clause for the verdict.
  public let reason: String

  /// States a figure.
  public init(
    _ name: String, _ value: Double, interval: ClosedRange<Double>? = nil, count: Int,
    truth: Double? = nil, floor: Double? = nil, _ verdict: Verdict, _ reason: String
  ) {
    self.name = name
    self.value = value
    low = interval?.lowerBound ?? value
    high = interval?.upperBound ?? value
    self.count = count
    self.truth = truth
    self.floor = floor
    self.verdict = verdict
    self.reason = reason
  }

  /// The same figure of something else.
  public func renamed(_ name: String) -> Metric {
    Metric(
      name, value, interval: low...high, count: count, truth: truth, floor: floor, verdict, reason)
  }

  enum CodingKeys: String, CodingKey {
    case name, value, low, high, count, truth, floor, verdict, reason
  }

  /// Writes every key, null for what is not known.
  public func encode(to encoder: any Encoder) throws {
    var table = encoder.container(keyedBy: CodingKeys.self)
    try table.encode(name, forKey: .name)
    try table.encode(value, forKey: .value)
    try table.encode(low, forKey: .low)
    try table.encode(high, forKey: .high)
    try table.encode(count, forKey: .count)
    try table.encode(truth, forKey: .truth)
    try table.encode(floor, forKey: .floor)
    try table.encode(verdict, forKey: .verdict)
    try table.encode(reason, forKey: .reason)
  }
}

/// The interval mean ± 1.96 standard errors.
func normalInterval(_ mean: Double, standardError: Double) -> ClosedRange<Double>? {
  guard mean.isFinite, standardError.isFinite else { return nil }
  return (mean - 1.96 * standardError)...(mean + 1.96 * standardError)
}

/// A number with three decimals, for reasons.
func short(_ x: Double) -> String {
  guard x.isFinite else { return "\(x)" }
  let thousandths = (x.magnitude * 1000).rounded()
  guard thousandths < 1e15 else { return "\(x)" }
  let whole = Int(thousandths)
  let digits = String(whole % 1000)
  let sign = x < 0 && whole > 0 ? "-" : ""
  return sign + "\(whole / 1000)." + String(repeating: "0", count: 3 - digits.count) + digits
}
