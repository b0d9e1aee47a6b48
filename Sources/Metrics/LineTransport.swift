/// Optimal transport between two sets of numbers with equal weights, of any counts.
///
///     W_p^p = ∫₀¹ |F⁻¹(q) - G⁻¹(q)|^p dq
///
/// The quantile functions are steps: both sorted lists are walked once, and each stretch of q on which
/// neither changes is one move of mass. O(n log n). The same walk gives the dual potentials: those of
/// neighbours differ by what a move would cost more; where both lists step at once, half of each way.
/// - Parameters:
///   - x: [n], finite, n > 0.
///   - y: [m], finite, m > 0.
///   - power: p.
public func lineTransport(
  _ x: [Double], _ y: [Double], _ power: TransportPower
) -> DistanceEstimate {
  precondition(!x.isEmpty && !y.isEmpty, "transport on a line: there must be numbers on both sides")
  let walk = LineWalk(x.sorted(), y.sorted(), power)
  return DistanceEstimate(value: walk.cost, left: walk.left, right: walk.right)
}

/// The walk along two sorted lists.
struct LineWalk {
  /// The mean cost.
  private(set) var cost = 0.0
  /// The dual potential of each number of the first list, in its order.
  private(set) var left: [Double]
  /// The dual potential of each number of the second list.
  private(set) var right: [Double]

  /// Walks lists that go upwards.
  init(_ x: [Double], _ y: [Double], _ power: TransportPower) {
    let (n, m) = (x.count, y.count)
    left = [Double](repeating: 0, count: n)
    right = [Double](repeating: 0, count: m)
    func pay(_ i: Int, _ j: Int) -> Double {
      let difference = x[i] - y[j]
      return power == .one ? difference.magnitude : difference * difference
    }
    right[0] = pay(0, 0)
    var (i, j, done) = (0, 0, 0)
    // Shares are counted in units of 1 / nm, which are whole numbers.
    while i < n && j < m {
      let (endX, endY) = ((i + 1) * m, (j + 1) * n)
      let end = min(endX, endY)
      cost += Double(end - done) * pay(i, j)
      done = end
      let (stepX, stepY) = (endX == end && i + 1 < n, endY == end && j + 1 < m)
      switch (stepX, stepY) {
      case (true, true):
        let highest = pay(i + 1, j) - right[j]
        let lowest = left[i] + pay(i + 1, j + 1) - pay(i, j + 1)
        left[i + 1] = 0.5 * (highest + lowest)
        right[j + 1] = pay(i + 1, j + 1) - left[i + 1]
      case (true, false): left[i + 1] = pay(i + 1, j) - right[j]
      case (false, true): right[j + 1] = pay(i, j + 1) - left[i]
      case (false, false): break
      }
      if endX == end { i += 1 }
      if endY == end { j += 1 }
    }
    cost /= Double(n) * Double(m)
  }
}
