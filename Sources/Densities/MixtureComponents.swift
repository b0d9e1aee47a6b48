import Storage

/// The dimension of a mixture's means, and its weights brought to a sum of 1.
/// - Parameters: means: [K, D]; weights: [K], or empty for equal weights.
/// - Throws: `ConfigError` for no or uneven means, and for weights that do not fit.
func checkedComponents(
  _ means: [[Double]], _ weights: [Double]
) throws(ConfigError) -> (dimension: Int, weights: [Double]) {
  guard let dimension = means.first?.count, dimension > 0 else {
    throw .invalid(path: "means", reason: "it must hold at least one point")
  }
  guard means.allSatisfy({ $0.count == dimension && $0.allSatisfy(\.isFinite) }) else {
    throw .invalid(path: "means", reason: "every point must have \(dimension) finite coordinates")
  }
  let weights = weights.isEmpty ? [Double](repeating: 1, count: means.count) : weights
  guard weights.count == means.count, weights.allSatisfy({ $0 > 0 && $0.isFinite }) else {
    throw .invalid(
      path: "weights", reason: "it must hold \(means.count) positive numbers, or none")
  }
  let total = weights.reduce(0, +)
  return (dimension, weights.map { $0 / total })
}
