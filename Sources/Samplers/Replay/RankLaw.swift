import Kernels

/// The distribution of ranks r in 0..<N with chances ∝ 1 / (kN + r).
///
/// Drawn without a table, which every new point would make stale: x with density ∝ 1 / x on
/// [c, c + N), c = kN, has r = ⌊x - c⌋ with chance ∝ log(1 + 1/(c + r)), and is kept with the ratio of
/// the two, which falls with r, relative to that of r = 0. For c >> 1 nearly all are kept.
struct RankLaw {
  private let count: Int
  /// c.
  private let offset: Double

  init(count: Int, flatness: Double) {
    self.count = count
    offset = flatness * Double(count)
  }

  func draw(_ words: inout RandomWords) -> Int {
    let range = scalarLog((offset + Double(count)) / offset)
    let bound = keptShare(0)
    while true {
      let x = offset * scalarExp(words.unit() * range)
      let rank = min(count - 1, max(0, Int(x - offset)))
      if words.unit() * bound < keptShare(rank) { return rank }
    }
  }

  /// The wanted chance over the proposed one, both up to a factor.
  private func keptShare(_ rank: Int) -> Double {
    let weight = weight(rank)
    return weight / scalarLog(1 + weight)
  }

  private func weight(_ rank: Int) -> Double { 1 / (offset + Double(rank)) }

  func probability(of rank: Int) -> Double {
    weight(rank) / (0..<count).reduce(0) { $0 + weight($1) }
  }
}
