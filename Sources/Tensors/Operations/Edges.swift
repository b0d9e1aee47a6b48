import KernelTables

/// The directed edges of one or more graphs, ordered by receiver: messages go from sender to receiver.
///
/// Lives in the memory of its tape, until the next reset.
package struct Edges: BitwiseCopyable {
  package let list: EdgeList
  /// The receiver of each edge.
  package let receivers: Indices
  /// The sender of each edge.
  package let senders: Indices

  /// Number of edges.
  package var count: Int { list.count }
  /// Number of nodes.
  package var nodes: Int { list.nodes }

  /// The receivers cut into runs of at most so many edges, but of one receiver at least.
  ///
  /// - Parameter body: Given the receivers, counted from the first of these, of one run after the other.
  package func forEachRun(ofEdges limit: Int, _ body: (_ receivers: Range<Int>) -> Void) {
    var first = 0
    for next in 1..<max(1, list.receivers.count)
    where list.starts[next + 1] - list.starts[first] > limit {
      body(first..<next)
      first = next
    }
    body(first..<list.receivers.count)
  }
}

extension Tape {
  /// Every node to every other within each of several graphs of one size.
  ///
  /// Nodes of graph g are g × nodes and those that follow.
  package func completeEdges(graphs: Int, nodes: Int) -> Edges {
    let count = graphs * nodes * max(0, nodes - 1)
    let (receivers, senders) = (allocateIndices(count), allocateIndices(count))
    var e = 0
    for receiver in 0..<graphs * nodes {
      let first = receiver / nodes * nodes
      for sender in first..<first + nodes where sender != receiver {
        receivers.data[e] = Int32(receiver)
        senders.data[e] = Int32(sender)
        e += 1
      }
    }
    return edges(nodes: graphs * nodes, receivers, senders)
  }

  /// Edges from a list of neighbours, in any order; those of one receiver keep theirs.
  /// - Parameters:
  ///   - nodes: Number of nodes.
  ///   - receivers: One for each edge, from 0 to the number of nodes.
  ///   - senders: One for each edge.
  package func edges(
    nodes: Int, receivers: some Collection<Int>, senders: some Collection<Int>
  ) -> Edges {
    precondition(receivers.count == senders.count, "edges: one sender for each receiver")
    let given = Edges.order(receivers, nodes: nodes)
    let senders = Array(senders)
    precondition(
      senders.allSatisfy { $0 >= 0 && $0 < nodes }, "edges: a sender beyond \(nodes) nodes")
    return edges(
      nodes: nodes, indices(given.map(\.receiver)), indices(given.map { senders[$0.edge] }))
  }

  /// The edges of some receivers, which are counted from the first of these.
  package func edges(_ edges: Edges, of receivers: Range<Int>) -> Edges {
    let whole = edges.list
    let range = Int(whole.starts[receivers.lowerBound])..<Int(whole.starts[receivers.upperBound])
    let starts = allocateIndices(receivers.count + 1)
    for i in 0...receivers.count {
      starts.data[i] = whole.starts[receivers.lowerBound + i] - Int32(range.lowerBound)
    }
    let first = whole.receivers.lowerBound
    let list = EdgeList(
      nodes: whole.nodes,
      receivers: first + receivers.lowerBound..<first + receivers.upperBound, count: range.count,
      starts: UnsafePointer(starts.data), senders: whole.senders + range.lowerBound)
    return Edges(
      list: list, receivers: edges.receivers.part(range), senders: edges.senders.part(range))
  }

  /// Edges whose receivers ascend.
  private func edges(nodes: Int, _ receivers: Indices, _ senders: Indices) -> Edges {
    let starts = allocateIndices(nodes + 1)
    var e = 0
    for node in 0...nodes {
      while e < receivers.count && receivers.data[e] < node { e += 1 }
      starts.data[node] = Int32(e)
    }
    let list = EdgeList(
      nodes: nodes, count: receivers.count, starts: UnsafePointer(starts.data),
      senders: UnsafePointer(senders.data))
    return Edges(list: list, receivers: receivers, senders: senders)
  }
}

extension Edges {
  /// Numbers of edges by ascending receiver, in their order where receivers are the same.
  fileprivate static func order(
    _ receivers: some Collection<Int>, nodes: Int
  ) -> [(receiver: Int, edge: Int)] {
    let given = receivers.enumerated().map { (receiver: $1, edge: $0) }
    precondition(
      given.allSatisfy { $0.receiver >= 0 && $0.receiver < nodes },
      "edges: a receiver beyond \(nodes) nodes")
    return given.sorted { ($0.receiver, $0.edge) < ($1.receiver, $1.edge) }
  }
}
