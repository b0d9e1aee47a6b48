import Kernels

/// Slots with chances by rank, ∝ 1 / (kN + rank), rank 0 for the highest log ρ.
///
/// A search tree ordered by (log ρ falling, slot rising), in which each node knows how many are below it:
/// a new point, a point that leaves, the rank of a slot and the slot of a rank all cost O(log n). It
/// is balanced by a fixed mixing of the slot's number (a treap).
/// Reference: Seidel and Aragon (1996), *Randomized search trees*, doi:10.1007/BF01940876
final class RankedSlots: PrioritizedSlots {
  /// Slot + 1, so that 0 is no node.
  private typealias Node = Int32

  private let flatness: Double
  private let capacity: Int
  private let keys: UnsafeMutablePointer<Float>
  private let left: UnsafeMutablePointer<Node>
  private let right: UnsafeMutablePointer<Node>
  /// Nodes of the subtree, itself included; 0 for a slot that is not in the tree.
  private let size: UnsafeMutablePointer<Int32>
  private var root: Node = 0

  init(capacity: Int, flatness: Double) {
    self.flatness = flatness
    self.capacity = capacity
    keys = .allocate(capacity: capacity + 1)
    left = .allocate(capacity: capacity + 1)
    right = .allocate(capacity: capacity + 1)
    size = .allocate(capacity: capacity + 1)
    keys.initialize(repeating: 0, count: capacity + 1)
    for array in [left, right, size] { array.initialize(repeating: 0, count: capacity + 1) }
  }

  deinit {
    keys.deallocate()
    for array in [left, right, size] { array.deallocate() }
  }

  func put(_ logDensity: Float, in slot: Int) {
    let node = Node(slot + 1)
    if size[Int(node)] > 0 { root = removed(node, from: root) }
    keys[Int(node)] = logDensity
    adopt(node, 0, 0)
    root = inserted(node, into: root)
  }

  func settle(_ slots: Range<Int>) {}

  func draw(_ words: inout RandomWords, of count: Int) -> Int {
    slot(ofRank: RankLaw(count: count, flatness: flatness).draw(&words))
  }

  func probability(of slot: Int, of count: Int) -> Double {
    RankLaw(count: count, flatness: flatness).probability(of: rank(of: slot))
  }

  /// The slot with so many before it.
  func slot(ofRank rank: Int) -> Int {
    var (node, before) = (Int(root), rank)
    while true {
      let smaller = Int(size[Int(left[node])])
      if before == smaller { return node - 1 }
      if before < smaller {
        node = Int(left[node])
      } else {
        (node, before) = (Int(right[node]), before - smaller - 1)
      }
    }
  }

  /// How many slots are before a slot that is in the tree.
  func rank(of slot: Int) -> Int {
    let target = Node(slot + 1)
    var (node, before) = (root, 0)
    while true {
      let smaller = Int(size[Int(left[Int(node)])])
      if node == target { return before + smaller }
      if precedes(target, node) {
        node = left[Int(node)]
      } else {
        (node, before) = (right[Int(node)], before + smaller + 1)
      }
    }
  }

  private func precedes(_ a: Node, _ b: Node) -> Bool {
    let (x, y) = (keys[Int(a)], keys[Int(b)])
    return x > y || (x == y && a < b)
  }

  /// Parents have larger numbers than their children: a bijection, so no two are alike.
  private func height(_ node: Node) -> UInt32 {
    var bits = UInt32(bitPattern: node) &* 0x9E37_79B1
    bits = (bits ^ (bits >> 15)) &* 0x85EB_CA6B
    bits = (bits ^ (bits >> 13)) &* 0xC2B2_AE35
    return bits ^ (bits >> 16)
  }

  private func adopt(_ node: Node, _ smaller: Node, _ larger: Node) {
    (left[Int(node)], right[Int(node)]) = (smaller, larger)
    size[Int(node)] = size[Int(smaller)] + size[Int(larger)] + 1
  }

  private func inserted(_ node: Node, into tree: Node) -> Node {
    guard tree != 0 else { return node }
    if height(node) > height(tree) {
      let (smaller, larger) = split(tree, at: node)
      adopt(node, smaller, larger)
      return node
    }
    if precedes(node, tree) {
      adopt(tree, inserted(node, into: left[Int(tree)]), right[Int(tree)])
    } else {
      adopt(tree, left[Int(tree)], inserted(node, into: right[Int(tree)]))
    }
    return tree
  }

  private func removed(_ node: Node, from tree: Node) -> Node {
    if tree == node { return joined(left[Int(tree)], right[Int(tree)]) }
    if precedes(node, tree) {
      adopt(tree, removed(node, from: left[Int(tree)]), right[Int(tree)])
    } else {
      adopt(tree, left[Int(tree)], removed(node, from: right[Int(tree)]))
    }
    return tree
  }

  /// The nodes of a tree before and after a node that is not in it.
  private func split(_ tree: Node, at node: Node) -> (Node, Node) {
    guard tree != 0 else { return (0, 0) }
    if precedes(tree, node) {
      let (smaller, larger) = split(right[Int(tree)], at: node)
      adopt(tree, left[Int(tree)], smaller)
      return (tree, larger)
    }
    let (smaller, larger) = split(left[Int(tree)], at: node)
    adopt(tree, larger, right[Int(tree)])
    return (smaller, tree)
  }

  /// One tree of two, all of the first before all of the second.
  private func joined(_ a: Node, _ b: Node) -> Node {
    if a == 0 || b == 0 { return max(a, b) }
    if height(a) > height(b) {
      adopt(a, left[Int(a)], joined(right[Int(a)], b))
      return a
    }
    adopt(b, joined(a, left[Int(b)]), right[Int(b)])
    return b
  }
}
