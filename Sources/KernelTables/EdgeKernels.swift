/// The directed edges of graphs, ordered by the node that receives.
package struct EdgeList: BitwiseCopyable {
  /// Number of nodes.
  package var nodes: Int
  private var firstReceiver, receiverCount: Int
  /// Number of edges.
  package var count: Int
  /// The edges of the i-th receiver are those from starts[i] up to starts[i + 1], [receivers + 1].
  package var starts: UnsafePointer<Int32>
  /// The node that each edge comes from, [count].
  package var senders: UnsafePointer<Int32>

  /// Names the buffers.
  /// - Parameter receivers: All nodes unless given.
  package init(
    nodes: Int, receivers: Range<Int>? = nil, count: Int, starts: UnsafePointer<Int32>,
    senders: UnsafePointer<Int32>
  ) {
    self.nodes = nodes
    firstReceiver = receivers?.lowerBound ?? 0
    receiverCount = receivers?.count ?? nodes
    self.count = count
    self.starts = starts
    self.senders = senders
  }

  /// The nodes whose edges these are: all, or some for a part of a graph.
  package var receivers: Range<Int> { firstReceiver..<firstReceiver + receiverCount }

  /// Calls `body` with receiver, sender and number of every edge, in order.
  @inline(__always)
  package func forEach(_ body: (_ receiver: Int, _ sender: Int, _ edge: Int) -> Void) {
    for i in 0..<receiverCount {
      for e in Int(starts[i])..<Int(starts[i + 1]) { body(firstReceiver + i, Int(senders[e]), e) }
    }
  }
}

/// Loops over the edges of graphs; sums run over the edges in their order.
package protocol EdgeKernels {
  /// z[e, :] = P[receiver, ..<columns] + P[sender, columns...] + W[features] + Σ_f S[e, f] W[f, :].
  /// - Parameters:
  ///   - nodes: P, [nodes, 2 columns].
  ///   - features: S, [edges, features].
  ///   - weights: W, [features + 1, columns].
  static func edgeSums(
    _ list: EdgeList, nodes: UnsafeRawPointer, features: UnsafeRawPointer, featureCount: Int,
    weights: UnsafeRawPointer, to z: UnsafeMutableRawPointer, columns: Int)

  /// Adds to the gradients by P, S and W what follows from dz; nil where one is not wanted.
  static func edgeSumGradients(
    _ list: EdgeList, _ dz: UnsafeRawPointer, features: UnsafeRawPointer, featureCount: Int,
    weights: UnsafeRawPointer, intoNodes: UnsafeMutableRawPointer?,
    intoFeatures: UnsafeMutableRawPointer?, intoWeights: UnsafeMutableRawPointer?, columns: Int)

  /// Adds to y[i, :] the rows of x that the i-th receiver's edges have, x [edges, columns].
  static func accumulateReceived(
    _ list: EdgeList, _ x: UnsafeRawPointer, into y: UnsafeMutableRawPointer, columns: Int)

  /// y[e, :] = x[i, :] of the i-th receiver, added to y where `accumulating`.
  static func spreadToEdges(
    _ list: EdgeList, _ x: UnsafeRawPointer, to y: UnsafeMutableRawPointer, columns: Int,
    accumulating: Bool)

  /// out[e] = |x_receiver - x_sender|², x [nodes, dimension].
  static func squaredDistances(
    _ list: EdgeList, _ x: UnsafeRawPointer, dimension: Int, to out: UnsafeMutableRawPointer)

  /// Adds to dx what follows from the gradient by the squared distances.
  static func squaredDistanceGradient(
    _ list: EdgeList, _ x: UnsafeRawPointer, dimension: Int, _ dout: UnsafeRawPointer,
    into dx: UnsafeMutableRawPointer)

  /// y_i = x_i + Σ_edges u q / (√(|u|² + 1e-8) + 1) with u = x_i - x_sender, y [receivers, dimension].
  static func moveAlongEdges(
    _ list: EdgeList, _ x: UnsafeRawPointer, dimension: Int, _ q: UnsafeRawPointer,
    to y: UnsafeMutableRawPointer)

  /// Adds to dx and writes to dq what follows from dy.
  static func moveAlongEdgesGradient(
    _ list: EdgeList, _ x: UnsafeRawPointer, dimension: Int, _ q: UnsafeRawPointer,
    _ dy: UnsafeRawPointer, into dx: UnsafeMutableRawPointer, q dq: UnsafeMutableRawPointer)
}

/// Products of rows with one vector.
package protocol RowProductKernels {
  /// out[r] = start + Σ_j x[r, j] w[j], by sixteen lanes and a fixed tree.
  static func rowDots(
    _ x: UnsafeRawPointer, _ w: UnsafeRawPointer, start: UnsafeRawPointer?,
    to out: UnsafeMutableRawPointer, rows: Int, columns: Int)

  /// dx[r, :] = dout[r] w, or added; and dw += Σ_r dout[r] x[r, :] where that is wanted.
  static func rowDotGradients(
    _ x: UnsafeRawPointer, _ w: UnsafeRawPointer, _ dout: UnsafeRawPointer,
    dx: UnsafeMutableRawPointer?, accumulating: Bool, dw: UnsafeMutableRawPointer?, rows: Int,
    columns: Int)

  /// y[r, :] = s[r] x[r, :].
  static func scaleRows(
    _ x: UnsafeRawPointer, by s: UnsafeRawPointer, to y: UnsafeMutableRawPointer, rows: Int,
    columns: Int)

  /// dx = s dy, or added; ds[r] = Σ_j dy[r, j] x[r, j].
  static func scaleRowGradients(
    _ x: UnsafeRawPointer, by s: UnsafeRawPointer, _ dy: UnsafeRawPointer,
    dx: UnsafeMutableRawPointer?, accumulating: Bool, ds: UnsafeMutableRawPointer, rows: Int,
    columns: Int)
}
