import Kernels

/// What a window of warm-up has seen: widths of coordinates and chances of swaps.
///
/// Widths are standard deviations over all states of all chains in the window, drawn a little towards
/// 1e-3 in short ones as Stan does: (n v + 5 · 1e-6) / (n + 5).
/// Reference: Stan Development Team, *Stan reference manual*, "HMC algorithm parameters"
struct WarmUpWindow {
  private let replicas: Int
  private let dimension: Int
  private var count = 0.0
  private var means: [Double]
  private var squares: [Double]
  private var chances: [Double]
  private var tries: [Double]

  init(replicas: Int, dimension: Int) {
    (self.replicas, self.dimension) = (replicas, dimension)
    means = [Double](repeating: 0, count: replicas * dimension)
    squares = means
    chances = [Double](repeating: 0, count: replicas - 1)
    tries = chances
  }

  /// Forgets everything.
  mutating func clear() {
    count = 0
    for i in means.indices { (means[i], squares[i]) = (0, 0) }
    for k in tries.indices { (chances[k], tries[k]) = (0, 0) }
  }

  /// Adds a swap that was tried.
  mutating func observe(swap k: Int, chance: Double) {
    chances[k] += chance
    tries[k] += 1
  }

  /// The mean chance of each swap, [R - 1]; NaN of none.
  var swapChances: [Double] { zip(chances, tries).map { $0 / $1 } }

  /// Adds the states of all chains, by Welford's recurrence.
  mutating func observe(_ state: ChainState) {
    for chain in 0..<state.chains {
      count += 1
      let x = state.x + chain * replicas * dimension
      for i in means.indices {
        let step = Double(x[i]) - means[i]
        means[i] += step / count
        squares[i] += step * (Double(x[i]) - means[i])
      }
    }
  }

  /// Writes the widths of a replica, and returns how much the fastest grows less than that: what keeps steps
  /// from becoming longer in any coordinate.
  func renewScales(_ state: ChainState, replica: Int) -> Double {
    guard count > 1 else { return 1 }
    var shrinkage = Double.infinity
    for i in replica * dimension..<(replica + 1) * dimension {
      let variance = (squares[i] / (count - 1) * count + 5e-6) / (count + 5)
      guard variance.isFinite else { return 1 }
    }
    for i in replica * dimension..<(replica + 1) * dimension {
      let variance = (squares[i] / (count - 1) * count + 5e-6) / (count + 5)
      let width = Float(variance.squareRoot())
      shrinkage = min(shrinkage, Double(state.scales[i] / width))
      state.scales[i] = width
    }
    return shrinkage
  }
}

/// When the windows of a warm-up end: widths are learned in its middle, in windows that double.
///
/// The first 15% let the chains arrive, the last 10% settle the step size.
struct WarmUpSchedule {
  /// Steps after which a window ends.
  let ends: [Int]
  /// The first step that is looked at.
  let first: Int

  init(steps: Int) {
    first = steps * 15 / 100
    let last = steps * 9 / 10
    var (width, end, ends) = (max(5, (last - first) / 15), first, [Int]())
    while last - end >= width {
      end = last - end < 3 * width ? last : end + width
      ends.append(end)
      width *= 2
    }
    self.ends = steps < 20 ? [] : ends
  }
}
