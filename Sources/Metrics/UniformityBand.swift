import Kernels

/// A band that the distribution function of uniform ranks stays in as a whole with probability 95%.
///
/// At each rank k the number R of S ranks below k is binomial with p_k = k / (L + 1). A curve is as unusual as
/// its most unusual point,
///
/// ```text
/// g = min over k of 2 min(P(B <= R), P(B >= R)),   B ~ Binomial(S, p_k)
/// ```
///
/// and the band holds all points with 2 min(…) >= the 5% quantile of g, by simulation of uniform ranks.
/// Reference: Säilynoja, Bürkner and Vehtari (2022), *Graphical test for discrete uniformity and its
/// applications in goodness-of-fit evaluation and multiple sample comparison*, arXiv:2103.10522, section 3
public struct UniformityBand: Sendable {
  /// Simulated curves that quantiles rest on.
  private static let simulations = 2000

  /// S.
  public let count: Int
  /// L.
  public let draws: Int
  /// The lower end of the band as a share of S, at k = 1 … L.
  public private(set) var lower: [Double] = []
  /// The upper end, at k = 1 … L.
  public private(set) var upper: [Double] = []
  /// log of 2 min(P(B <= R), P(B >= R)), [L][S + 1].
  private let tails: [[Double]]
  /// g of uniform ranks, upwards.
  private let simulated: [Double]

  /// The band for so many ranks among so many draws.
  /// - Parameters:
  ///   - count: S, at least 1.
  ///   - draws: L, at least 1.
  ///   - stream: Of the simulated ranks.
  public init(count: Int, draws: Int, _ stream: RandomStream) {
    precondition(count > 0 && draws > 0, "uniformity: ranks and draws")
    (self.count, self.draws) = (count, draws)
    let tails = (1...draws).map { binomialTails(count, Double($0) / Double(draws + 1)) }
    self.tails = tails
    simulated = (0..<Self.simulations).map { row in
      let ranks = stream.draw(
        IntegerBelow(draws + 1), step: UInt32(row), rows: 0..<1, columns: count)
      return leastTail(ranks, tails)
    }.sorted()
    let bound = simulated[Self.simulations / 20]
    for row in tails {
      let inside = row.indices.filter { row[$0] >= bound }
      lower.append(Double(inside.first ?? 0) / Double(count))
      upper.append(Double(inside.last ?? count) / Double(count))
    }
  }

  /// The probability that uniform ranks look as unusual as these, which are from 0 to L.
  public func probability(of ranks: [Int]) -> Double {
    let own = leastTail(ranks, tails)
    return Double(simulated.count { $0 <= own } + 1) / Double(Self.simulations + 1)
  }

  /// The share of ranks below k, for k = 1 … L.
  public func curve(of ranks: [Int]) -> [Double] {
    countsBelow(ranks, draws).map { Double($0) / Double(ranks.count) }
  }

  /// Whether ranks are uniform, as a figure: a probability, which is uniform itself where they are.
  /// - Parameters:
  ///   - name: Of the figure.
  ///   - ranks: [S].
  ///   - tests: As how many figures this is one of, by which the probability is multiplied.
  public func metric(_ name: String, _ ranks: [Int], tests: Int = 1) -> Metric {
    let probability = min(1, probability(of: ranks) * Double(tests))
    let curve = curve(of: ranks)
    let excess = curve.enumerated().map { $1 - Double($0 + 1) / Double(draws + 1) }
    let worst = excess.max { $0.magnitude < $1.magnitude } ?? 0
    let verdict: Verdict = probability >= 0.05 ? .ok : probability >= 0.005 ? .warn : .fail
    return Metric(
      name, probability, count: ranks.count, verdict,
      "the distribution function of ranks is off by \(short(worst)) at most")
  }
}

/// g of ranks.
private func leastTail(_ ranks: [Int], _ tails: [[Double]]) -> Double {
  zip(countsBelow(ranks, tails.count), tails).reduce(Double.infinity) { min($0, $1.1[$1.0]) }
}

/// How many ranks are below k, for k = 1 … L.
private func countsBelow(_ ranks: [Int], _ draws: Int) -> [Int] {
  var counts = [Int](repeating: 0, count: draws + 2)
  for rank in ranks { counts[rank + 1] += 1 }
  for k in 1..<counts.count { counts[k] += counts[k - 1] }
  return Array(counts[1...draws])
}

/// log(2 min(P(B <= r), P(B >= r))) for r = 0 … n, B ~ Binomial(n, p).
private func binomialTails(_ n: Int, _ p: Double) -> [Double] {
  let odds = scalarLog(p) - scalarLog(1 - p)
  var log = Double(n) * scalarLog(1 - p)
  var masses = [scalarExp(log)]
  for r in 1...n {
    log += odds + scalarLog(Double(n - r + 1)) - scalarLog(Double(r))
    masses.append(scalarExp(log))
  }
  var below = masses
  for r in 1...n { below[r] += below[r - 1] }
  var above = masses
  for r in (0..<n).reversed() { above[r] += above[r + 1] }
  return (0...n).map { scalarLog(2 * min(below[$0], above[$0])) }
}
