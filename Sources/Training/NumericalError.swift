/// A NaN or an infinity where a finite number must be.
public struct NumericalError: Error, CustomStringConvertible {
  /// What was not finite, for example "the log-density".
  public let quantity: String
  /// How many values were not.
  public let count: Int
  /// Out of how many.
  public let total: Int
  /// When, for example "step 12"; empty outside training.
  public let place: String
  /// The first point it happened at, where there is one.
  public let point: [Float]?
  /// A clause on what to do; empty where there is nothing to say.
  public let advice: String

  /// Collects the facts.
  public init(
    _ quantity: String, count: Int, total: Int, place: String = "", point: [Float]? = nil,
    advice: String = ""
  ) {
    self.quantity = quantity
    self.count = count
    self.total = total
    self.place = place
    self.point = point
    self.advice = advice
  }

  /// The same error at a place.
  public func at(_ place: String) -> NumericalError {
    NumericalError(
      quantity, count: count, total: total, place: place, point: point, advice: advice)
  }

  /// One sentence with all facts.
  public var description: String {
    let moment = place.isEmpty ? "" : " at \(place)"
    let share = total == 1 ? "" : " for \(count) of \(total) \(point == nil ? "values" : "points")"
    let hint = advice.isEmpty ? "" : "; \(advice)"
    return "\(quantity) is NaN or infinite\(share)\(moment)\(example)\(hint)"
  }

  private var example: String {
    guard let point else { return "" }
    let first = "; the first is at x = \(shortened(point))"
    return point.allSatisfy(\.isFinite) ? first : first + ": the paths themselves diverged"
  }

  private func shortened(_ x: [Float]) -> String {
    x.count <= 8 ? "\(x)" : "\(Array(x.prefix(8)))… (\(x.count) coordinates)"
  }
}
