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

  /// Collects the facts.
  public init(
    _ quantity: String, count: Int, total: Int, place: String = "", point: [Float]? = nil
  ) {
    self.quantity = quantity
    self.count = count
    self.total = total
    self.place = place
    self.point = point
  }

  /// The same error at a place.
  public func at(_ place: String) -> NumericalError {
    NumericalError(quantity, count: count, total: total, place: place, point: point)
  }

  /// One sentence with all facts.
  public var description: String {
    let where_ = place.isEmpty ? "" : " at \(place)"
    let example = point.map { "; the first is at x = \(shortened($0))" } ?? ""
    return "\(quantity) is NaN or infinite for \(count) of \(total) points\(where_)\(example)"
  }

  private func shortened(_ x: [Float]) -> String {
    x.count <= 8 ? "\(x)" : "\(Array(x.prefix(8)))… (\(x.count) coordinates)"
  }
}
