/// A category by its weight, through the inverse of the cumulative weights.
///
/// One uniform and a search a draw. A category of weight 0 is never drawn.
public struct Categorical: Distribution {
  /// The words it uses.
  public static let kind = RandomKind.categorical
  private let cumulative: [Double]

  /// Weights >= 0 that need not add up to 1, one of them positive.
  public init(weights: [Double]) {
    precondition(weights.allSatisfy { $0 >= 0 && $0.isFinite }, "categorical: weights")
    var sum = 0.0
    cumulative = weights.map {
      sum += $0
      return sum
    }
    precondition(sum > 0 && sum.isFinite, "categorical: one weight must be positive")
  }

  /// One draw: the first category whose cumulative weight is above u times the sum.
  public func draw(_ words: inout RandomWords) -> Int {
    let total = cumulative[cumulative.count - 1]
    return first(above: min(words.unit() * total, total.nextDown))
  }

  private func first(above target: Double) -> Int {
    var (low, high) = (0, cumulative.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] > target { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
