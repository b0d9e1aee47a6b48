import Kernels
import TestSupport
import Testing

/// Requires counts to follow probabilities, by Pearson's chi-square.
///
/// The statistic is compared with its mean plus 4 standard deviations, k - 1 + 4 √(2 (k - 1)); for k up
/// to 24 that is exceeded by 1 to 9 of 10,000 streams.
func expectCounts(
  _ draws: [Int], follow probabilities: [Double], _ note: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  var counts = [Int](repeating: 0, count: probabilities.count)
  for draw in draws { counts[draw] += 1 }
  var (square, degrees) = (0.0, -1.0)
  for (count, probability) in zip(counts, probabilities) {
    guard probability > 0 else {
      #expect(count == 0, "\(note): drawn against probability 0", sourceLocation: sourceLocation)
      continue
    }
    let expected = probability * Double(draws.count)
    square += (Double(count) - expected) * (Double(count) - expected) / expected
    degrees += 1
  }
  let limit = degrees + 4 * (2 * degrees).squareRoot()
  #expect(square <= limit, "\(note): chi-square \(square)", sourceLocation: sourceLocation)
}

@Suite("Distributions of whole numbers")
struct CountTests {
  let stream = RandomStream(seed: 14)

  @Test("integers below n are equally frequent", arguments: [1, 2, 3, 7, 16, 24])
  func integers(_ bound: Int) {
    let draws = stream.draw(IntegerBelow(bound), rows: 0..<6000, columns: 2)
    expectCounts(draws, follow: [Double](repeating: 1 / Double(bound), count: bound))
  }

  /// For 3/4 of 2⁶³ a remainder would make the numbers of the lower third twice as frequent, and the
  /// product's upper half without rejection every third number.
  @Test("integers below a large n are unbiased")
  func largeBound() {
    let bound = 3 << 61
    let draws = stream.draw(IntegerBelow(bound), rows: 0..<12_000)
    #expect(draws.allSatisfy { (0..<bound).contains($0) })
    let thirds = draws.map { min(2, $0 / (1 << 61)) }
    expectCounts(thirds, follow: [1.0 / 3, 1.0 / 3, 1.0 / 3])
    expectCounts(draws.map { $0 % 3 }, follow: [1.0 / 3, 1.0 / 3, 1.0 / 3])
  }

  /// Weights, some of them zero, from 1 to many and over many orders of magnitude.
  @Test(
    "categories are as frequent as their weights",
    arguments: [
      [1], [1, 1], [0, 3, 0, 1, 0], [1e300, 1e300], [1e-300, 0, 1e-300], [5, 1, 4, 2, 8, 3],
    ])
  func weights(_ weights: [Double]) {
    let largest = weights.max() ?? 1
    let scaled = weights.map { $0 / largest }
    let truth = scaled.map { $0 / scaled.reduce(0, +) }
    let draws = stream.draw(Categorical(weights: weights), rows: 0..<6000, columns: 2)
    expectCounts(draws, follow: truth, "inverse")
    let logits = weights.map { scalarLog($0) + 7 }
    expectCounts(
      stream.draw(GumbelMax(logits: logits), rows: 0..<6000), follow: truth, "Gumbel-max")
  }

  @Test("permutations of 4 are equally frequent, all 24")
  func permutations() {
    let orders = stream.draw(Permutation(of: 4), rows: 0..<12_000)
    let ranks = (0..<12_000).map { rank(Array(orders[4 * $0..<4 * $0 + 4])) }
    #expect(Set(ranks).count == 24)
    expectCounts(ranks, follow: [Double](repeating: 1.0 / 24, count: 24))
  }

  /// The number of an order in the dictionary of all.
  private func rank(_ order: [Int]) -> Int {
    order.indices.reduce(0) { rank, i in
      rank * (order.count - i) + order[i...].count { $0 < order[i] }
    }
  }

  @Test("permutations hold every number once", arguments: [0, 1, 2, 5, 300])
  func complete(_ n: Int) {
    for row in 0..<5 {
      #expect(stream.draw(Permutation(of: n), rows: row..<row + 1).sorted() == Array(0..<n))
    }
  }

  @Test("similar logits have the same draws where the order of the noise decides")
  func coupling() {
    let first = stream.draw(GumbelMax(logits: [0, 0, 0]), rows: 0..<2000)
    let second = stream.draw(GumbelMax(logits: [0, 1e-9, 0]), rows: 0..<2000)
    #expect(first == second)
  }
}
