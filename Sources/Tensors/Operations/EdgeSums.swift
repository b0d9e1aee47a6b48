import KernelTables

// Between nodes and edges. Sums over edges run in the order of the edges.

extension Tape {
  /// The first layer of a network of [node i, node j, features] on every edge, without its products
  /// on the edges.
  ///
  ///     z[e] = P[receiver, first half] + P[sender, second half] + Σ_f S[e, f] W[f] + W[features]
  ///
  /// A linear layer of a concatenation is a sum of linear layers of its parts. Those of the nodes
  /// are computed once a node (P), and what is left for the edges has as many columns as features.
  /// - Parameters:
  ///   - nodes: P, [nodes, 2 columns].
  ///   - features: S, [edges, features].
  ///   - weights: W, [features + 1, columns]; the last row is the bias.
  /// - Returns: [edges, columns].
  package func edgeSums(
    _ nodes: Tensor, features: Tensor, weights: Tensor, over edges: Edges
  ) -> Tensor {
    let (count, columns) = (features.shape.columns, weights.shape.columns)
    precondition(
      nodes.shape == Shape(edges.nodes, 2 * columns)
        && features.shape == Shape(edges.count, count)
        && weights.shape[0] == count + 1,
      "edgeSums: nodes \(nodes.shape), features \(features.shape), weights \(weights.shape)")
    let z = allocate(Shape(edges.count, columns))
    kernels.edgeSums(
      edges.list, nodes: nodes.data, features: features.data, featureCount: count,
      weights: weights.data, to: z.data, columns: columns)
    let recorded =
      records(nodes, features, weights)
      ? record(
        z, nodes, features, weights, saved: keep(edges.list), backward: edgeSumsBackward) : z
    let out = pushForward(
      recorded, nodes,
      {
        edgeSums($0, features: features, weights: constant(0, weights.shape), over: edges)
      }, features, { product($0, entries(weights, 0..<count)) })
    return pushForwardAdding(out, weights) {
      add(product(features, entries($0, 0..<count)), entries($0, count..<count + 1))
    }
  }

  /// The sum of what each node's edges bring.
  ///
  ///     y_i = Σ_edges of receiver i x_e,  dx_e = dy_receiver
  ///
  /// - Parameter x: [edges, columns].
  /// - Returns: [receivers, columns].
  package func received(_ x: Tensor, over edges: Edges) -> Tensor {
    precondition(x.shape[0] == edges.count, "received: \(x.shape) over \(edges.count) edges")
    let y = allocate(x.shape.replacing(axis: 0, with: edges.list.receivers.count))
    y.data.initializeMemory(as: UInt8.self, repeating: 0, count: y.byteCount)
    kernels.accumulateReceived(edges.list, x.data, into: y.data, columns: x.shape.columns)
    let out = records(x) ? record(y, x, saved: keep(edges.list), backward: receivedBackward) : y
    return pushForward(out, x) { received($0, over: edges) }
  }
}

private func edgeSumsBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let (nodes, features, weights) = node.inputs
  tape.kernels.edgeSumGradients(
    node.kept(as: EdgeList.self), dy, features: features.data,
    featureCount: features.shape.columns, weights: weights.data,
    intoNodes: nodes.isVariable ? tape.gradient(of: nodes) : nil,
    intoFeatures: features.isVariable ? tape.gradient(of: features) : nil,
    intoWeights: weights.isVariable ? tape.gradient(of: weights) : nil,
    columns: weights.shape.columns)
}

private func receivedBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let (dx, isFresh) = tape.gradientBuffer(of: node.inputs.0)
  tape.kernels.spreadToEdges(
    node.kept(as: EdgeList.self), dy, to: dx, columns: node.output.shape.columns,
    accumulating: !isFresh)
}
