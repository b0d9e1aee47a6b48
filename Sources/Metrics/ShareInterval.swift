/// Wilson's 95% interval of a probability from hits among n independent draws.
///
/// The set of all p with |p̂ - p| <= z √(p (1 - p) / n). Holds p with 92 to 98% where np and n (1 - p) are
/// 2 or more, never leaves [0, 1], and has a width for 0 hits too.
/// Reference: Wilson (1927), *Probable inference, the law of succession, and statistical inference*,
/// Journal of the American Statistical Association 22; Brown, Cai and DasGupta (2001), *Interval
/// estimation for a binomial proportion*, Statistical Science 16
public func shareInterval(hits: Int, count: Int) -> ClosedRange<Double> {
  guard count > 0 else { return 0...1 }
  let (n, square) = (Double(count), 1.959963984540054 * 1.959963984540054)
  let share = Double(hits) / n
  let center = (share + square / (2 * n)) / (1 + square / n)
  let spread = (square * (share * (1 - share) / n + square / (4 * n * n))).squareRoot()
  let margin = spread / (1 + square / n)
  let low = hits == 0 ? 0 : max(0, center - margin)
  return low...(hits == count ? 1 : min(1, center + margin))
}
