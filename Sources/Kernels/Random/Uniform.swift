/// The uniform distribution on an interval, its ends excluded.
public struct Uniform: Distribution {
  /// The words it uses.
  public static let kind = RandomKind.uniform
  private let range: Range<Double>

  /// Numbers between finite bounds.
  public init(in range: Range<Double>) {
    precondition(range.lowerBound.isFinite && range.upperBound.isFinite, "uniform: bounds")
    self.range = range
  }

  /// One draw.
  ///
  /// Weighted ends instead of lower + u (upper - lower), whose difference may overflow. A result that
  /// rounds to an end stays on it where the interval has no number in between.
  public func draw(_ words: inout RandomWords) -> Double {
    let u = words.unit()
    let (lower, upper) = (range.lowerBound, range.upperBound)
    let value = (1 - u) * lower + u * upper
    return min(max(value, min(lower.nextUp, upper)), max(upper.nextDown, lower))
  }
}
