import Kernels

/// Slots with the chances of a softmax, softmax(log ρ / T).
///
/// A binary tree whose nodes hold Σ exp(log ρ / T) of the leaves below as (largest, sum relative to it).
/// No common reference can underflow: when the highest point leaves, the others stand as exactly as if
/// it had never been there. A new point costs the nodes above it, b adjacent ones about 2b + log n;
/// a draw walks from the root down with one uniform number a level.
final class SoftmaxTree: PrioritizedSlots {
  private let temperature: Double
  /// A power of two; the leaf of a slot is node leaves + slot, the root node 1, child nodes 2n, 2n + 1.
  private let leaves: Int
  private let largest: UnsafeMutablePointer<Double>
  private let sum: UnsafeMutablePointer<Double>

  init(capacity: Int, temperature: Double) {
    self.temperature = temperature
    leaves = 1 << (Int.bitWidth - (capacity - 1).leadingZeroBitCount)
    largest = .allocate(capacity: 2 * leaves)
    largest.initialize(repeating: -.infinity, count: 2 * leaves)
    sum = .allocate(capacity: 2 * leaves)
    sum.initialize(repeating: 0, count: 2 * leaves)
  }

  deinit {
    largest.deallocate()
    sum.deallocate()
  }

  func put(_ logDensity: Float, in slot: Int) {
    (largest[leaves + slot], sum[leaves + slot]) = (Double(logDensity) / temperature, 1)
  }

  func settle(_ slots: Range<Int>) {
    guard !slots.isEmpty else { return }
    var (low, high) = (leaves + slots.lowerBound, leaves + slots.upperBound - 1)
    while low > 1 {
      (low, high) = (low / 2, high / 2)
      for node in low...high { combine(node) }
    }
  }

  private func combine(_ node: Int) {
    let top = max(largest[2 * node], largest[2 * node + 1])
    largest[node] = top
    sum[node] = mass(2 * node, below: top) + mass(2 * node + 1, below: top)
  }

  /// Σ exp(log ρ / T - top) of the leaves below a node.
  private func mass(_ node: Int, below top: Double) -> Double {
    sum[node] == 0 ? 0 : sum[node] * scalarExp(largest[node] - top)
  }

  func draw(_ words: inout RandomWords, of count: Int) -> Int {
    var node = 1
    while node < leaves {
      let isLeft = words.unit() * sum[node] < mass(2 * node, below: largest[node])
      node = 2 * node + (isLeft ? 0 : 1)
    }
    return node - leaves
  }

  func probability(of slot: Int, of count: Int) -> Double {
    mass(leaves + slot, below: largest[1]) / sum[1]
  }
}
