/// How much of a sample falls in each of equal parts of a range.
struct Histogram {
  /// The lower end of the first part.
  let low: Double
  /// The length of a part.
  let width: Double
  /// Share of the sample over the length of a part, so that the areas add up to what is inside.
  let densities: [Double]

  /// Counts values, each with its weight.
  /// - Parameter weights: One for each value; nil for equal ones.
  init(_ values: [Double], weights: [Double]? = nil, from low: Double, to high: Double, parts: Int)
  {
    var sums = [Double](repeating: 0, count: parts)
    var total = 0.0
    self.low = low
    width = (high - low) / Double(parts)
    for (index, value) in values.enumerated() {
      let weight = weights?[index] ?? 1
      total += weight
      guard low <= value, value < high else { continue }
      sums[min(parts - 1, Int((value - low) / width))] += weight
    }
    let scale = total > 0 && width > 0 ? 1 / (total * width) : 0
    densities = sums.map { $0 * scale }
  }

  /// The ends of a part.
  func ends(of part: Int) -> (Double, Double) {
    (low + Double(part) * width, low + Double(part + 1) * width)
  }

  /// Its outline as points of a line.
  var outline: [(Double, Double)] {
    densities.indices.flatMap { part in
      [(ends(of: part).0, densities[part]), (ends(of: part).1, densities[part])]
    }
  }
}

/// The values of an ascending list at two shares of its length: a range without the extremes.
func range(of values: [Double], leaving share: Double) -> (low: Double, high: Double) {
  let sorted = values.filter(\.isFinite).sorted()
  guard let first = sorted.first, let last = sorted.last else { return (0, 1) }
  let skipped = Int(share * Double(sorted.count))
  let (low, high) = (sorted[skipped], sorted[sorted.count - 1 - skipped])
  guard high > low else { return (first - 0.5, last + 0.5) }
  let room = 0.08 * (high - low)
  return (low - room, high + room)
}
