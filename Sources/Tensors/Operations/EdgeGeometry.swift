import KernelTables

// Distances along the edges of graphs whose nodes are points, and moves along them.

extension Tape {
  /// |x_receiver - x_sender|² of every edge.
  ///
  /// - Parameter x: [nodes, dimension].
  /// - Returns: [edges, 1].
  package func squaredDistances(_ x: Tensor, over edges: Edges) -> Tensor {
    precondition(x.shape[0] == edges.nodes, "squaredDistances: \(x.shape), \(edges.nodes) nodes")
    let y = allocate(Shape(edges.count, 1))
    kernels.squaredDistances(edges.list, x.data, dimension: x.shape.columns, to: y.data)
    let out =
      records(x) ? record(y, x, saved: keep(edges.list), backward: distancesBackward) : y
    return pushForward(out, x) { dx in
      let slopes = multiply(differences(x, over: edges), differences(dx, over: edges))
      return scale(sum(slopes, over: [1], keeping: true), by: 2)
    }
  }

  /// Every receiver moved along its edges, by lengths that stay below those of the factors.
  ///
  ///     y_i = x_i + Σ_edges u q / (√(|u|² + 1e-8) + 1),    u = x_i - x_sender
  ///
  /// - Parameters:
  ///   - x: [nodes, dimension].
  ///   - q: [edges, 1].
  /// - Returns: [receivers, dimension].
  /// Reference: Satorras, Hoogeboom and Welling (2021), arXiv:2102.09844, eq. 4, with differences
  /// normalised as in Akhound-Sadegh et al. (2024), arXiv:2402.06121
  package func moveAlongEdges(_ x: Tensor, by q: Tensor, over edges: Edges) -> Tensor {
    precondition(
      x.shape[0] == edges.nodes && q.count == edges.count,
      "moveAlongEdges: \(x.shape) by \(q.shape), \(edges.nodes) nodes, \(edges.count) edges")
    guard !follows(x), !follows(q) else { return composedMove(x, q, edges) }
    let y = allocate(x.shape.replacing(axis: 0, with: edges.list.receivers.count))
    kernels.moveAlongEdges(edges.list, x.data, dimension: x.shape.columns, q.data, to: y.data)
    return records(x, q) ? record(y, x, q, saved: keep(edges.list), backward: moveBackward) : y
  }

  /// x_receiver - x_sender, [edges, dimension].
  private func differences(_ x: Tensor, over edges: Edges) -> Tensor {
    subtract(gather(x, edges.receivers), gather(x, edges.senders))
  }

  /// The definition in operations of the tape, for what moves.
  private func composedMove(_ x: Tensor, _ q: Tensor, _ edges: Edges) -> Tensor {
    let square = affine(squaredDistances(x, over: edges), shift: 1e-8)
    let length = affine(apply(.squareRoot, square), shift: 1)
    let steps = multiply(
      differences(x, over: edges), divide(reshape(q, Shape(edges.count, 1)), length))
    return add(entries(x, edges.list.receivers), received(steps, over: edges))
  }
}

private func distancesBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let x = node.inputs.0
  tape.kernels.squaredDistanceGradient(
    node.kept(as: EdgeList.self), x.data, dimension: x.shape.columns, dy,
    into: tape.gradient(of: x))
}

private func moveBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let (x, q) = (node.inputs.0, node.inputs.1)
  let dx = x.isVariable ? tape.gradient(of: x) : tape.zeros(x.shape).data
  tape.writeGradient(of: q) { dq in
    tape.kernels.moveAlongEdgesGradient(
      node.kept(as: EdgeList.self), x.data, dimension: x.shape.columns, q.data, dy, into: dx,
      q: dq)
  }
}
