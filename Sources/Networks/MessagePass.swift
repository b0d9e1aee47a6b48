import Tensors

/// What edges do in a layer of an equivariant graph network: the part of its work that has a row for each.
struct MessagePass: BitwiseCopyable {
  let layer: EGNNLayer
  let parameters: ParameterBinding
  /// What nodes bring to the first layer of their edges, [nodes, 2 width].
  let products: Tensor
  /// [nodes, dimension].
  let x: Tensor
  /// [edges, attributes].
  let attributes: Tensor
  var edges: Edges
  /// The row of `attributes` that belongs to the first of the edges.
  var firstEdge = 0
  /// Whether the sums of messages are wanted.
  let readsMessages: Bool

  /// Edges whose arrays stay in the cache.
  private static let cachedEdges = 440

  /// The receivers moved and, where they are wanted, the sums of their messages.
  ///
  /// Where there are more edges than fit the cache, they go by runs, each of which keeps nothing but
  /// its products for the gradient.
  /// - Returns: [receivers, dimension], or [receivers, dimension + width].
  func callAsFunction(_ context: Context) -> Tensor {
    guard edges.count > MessagePass.cachedEdges else { return run(context) }
    let (tape, columns) = (context.tape, readsMessages ? products.shape[1] / 2 : 0)
    var joined = tape.allocate(Shape(edges.nodes, x.shape[1] + columns))
    edges.forEachRun(ofEdges: MessagePass.cachedEdges) { receivers in
      let part = part(of: receivers, on: tape)
      let moved = tape.recomputing((products, x, attributes), part, MessagePass.recompute)
      joined = tape.place(moved, into: joined, axis: 0, at: receivers.lowerBound)
    }
    return joined
  }

  private func part(of receivers: Range<Int>, on tape: Tape) -> MessagePass {
    var part = self
    part.edges = tape.edges(edges, of: receivers)
    part.firstEdge = Int(edges.list.starts[receivers.lowerBound])
    return part
  }

  private static func recompute(_ tape: Tape, _ state: UnsafeRawPointer) -> Tensor {
    let pass = state.load(as: MessagePass.self)
    return pass.run(Context(tape: tape, parameters: pass.parameters))
  }

  private func run(_ context: Context) -> Tensor {
    let messages = messages(context)
    let moved = moved(by: messages, context)
    guard readsMessages else { return moved }
    return context.tape.concatenate(moved, context.tape.received(messages, over: edges))
  }

  /// [edges, width].
  private func messages(_ context: Context) -> Tensor {
    let tape = context.tape
    let own = tape.entries(attributes, firstEdge..<firstEdge + edges.count)
    let features = tape.concatenate(tape.squaredDistances(x, over: edges), own)
    let first = tape.edgeSums(
      products, features: features, weights: context[layer.edgeFeatures], over: edges)
    let message = layer.edgeSecond(tape.apply(.silu, first), then: .silu, context)
    let gate = tape.rowDots(message, context[layer.gateWeight], bias: context[layer.gateBias])
    return tape.scaleRows(message, by: tape.apply(.sigmoid, gate))
  }

  /// The receivers moved along their edges, [receivers, dimension].
  private func moved(by messages: Tensor, _ context: Context) -> Tensor {
    let tape = context.tape
    let hidden = layer.moveFirst(messages, then: .silu, context)
    let length = tape.apply(.hyperbolicTangent, tape.rowDots(hidden, context[layer.moveWeight]))
    return tape.moveAlongEdges(x, by: tape.scale(length, by: layer.reach), over: edges)
  }
}
