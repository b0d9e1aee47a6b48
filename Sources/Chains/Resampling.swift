import Kernels

/// Systematic resampling: whose copy stands in each place after weights became numbers of copies.
///
/// Each is copied ⌊n w⌋ or ⌈n w⌉ times, in the mean n w, w the normalised weight: the places are the
/// points (i + u) / n under the cumulative weights.
/// Reference: Kitagawa (1996), *Monte Carlo filter and smoother*; Douc and Cappé (2005), *Comparison of
/// resampling schemes*, arXiv:cs/0507025
/// - Parameters:
///   - logWeights: [n], of which one at least is finite.
///   - u: In (0, 1).
///   - count: Of places; as many as there are weights by default.
/// - Returns: [count], rising.
package func systematicResampling(_ logWeights: [Double], u: Double, count: Int? = nil) -> [Int] {
  let count = count ?? logWeights.count
  let largest = logWeights.max() ?? 0
  let weights = logWeights.map { scalarExp($0 - largest) }
  let total = weights.reduce(0, +)
  var (source, reached) = (0, weights[0])
  return (0..<count).map { place in
    let goal = (Double(place) + u) / Double(count) * total
    while reached < goal && source < weights.count - 1 {
      source += 1
      reached += weights[source]
    }
    return source
  }
}
