import Tensors

/// One layer of an equivariant graph network: messages on edges, moves of points, new features.
///
///     m = s(W₂ s(W₁ [h_i, h_j, |x_i - x_j|², a_ij])),  m = m σ(w m)             (s is SiLU)
///     x_i += Σ_j (x_i - x_j) / (√(|x_i - x_j|² + 1e-8) + 1) tanh(v s(W₃ m)) reach
///     h_i += W₅ s(W₄ [h_i, Σ_j m_ij])
///
/// Moves depend on distances and differences only, so turning or shifting all points turns or shifts
/// the result. W₁ is kept in two parts: what multiplies nodes, [width, 2 width], is applied once a
/// node instead of once an edge, which saves two of three products on the edges.
/// Linear layers begin as PyTorch's; v uniform with Xavier's bound times 0.001.
/// Reference: Satorras, Hoogeboom and Welling (2021), arXiv:2102.09844; this variant
/// Akhound-Sadegh et al. (2024), arXiv:2402.06121
struct EGNNLayer: Sendable {
  let edgeNodes: Parameter
  let edgeFeatures: Parameter
  let edgeSecond: Linear
  let gateWeight: Parameter
  let gateBias: Parameter
  let moveFirst: Linear
  let moveWeight: Parameter
  let nodeFirst: Linear
  let nodeSecond: Linear
  /// The furthest an edge moves a point.
  let reach: Double

  /// - Parameter attributes: Columns of a.
  init(_ name: String, width: Int, reach: Double, attributes: Int = 1, in set: ParameterSet) {
    self.reach = reach
    let edge = Initializer.uniform(bound: 1 / Double(2 * width + 1 + attributes).squareRoot())
    let row = Initializer.uniform(bound: 1 / Double(width).squareRoot())
    edgeNodes = set.add(name + ".edge.nodes", Shape(width, 2 * width), edge)
    edgeFeatures = set.add(name + ".edge.features", Shape(2 + attributes, width), edge)
    edgeSecond = Linear(name + ".edge.second", inputs: width, outputs: width, in: set)
    gateWeight = set.add(name + ".gate.weight", Shape(width), row)
    gateBias = set.add(name + ".gate.bias", Shape(1), row)
    moveFirst = Linear(name + ".move.first", inputs: width, outputs: width, in: set)
    moveWeight = set.add(
      name + ".move.weight", Shape(width),
      .uniform(bound: 0.001 * (6 / Double(width + 1)).squareRoot()))
    nodeFirst = Linear(name + ".node.first", inputs: 2 * width, outputs: width, in: set)
    nodeSecond = Linear(name + ".node.second", inputs: width, outputs: width, in: set)
  }

  /// The messages, [edges, width].
  /// - Parameters:
  ///   - h: [nodes, width].
  ///   - x: [nodes, dimension].
  ///   - attributes: a, [edges, attributes].
  func messages(
    _ h: Tensor, _ x: Tensor, _ attributes: Tensor, _ edges: Edges, _ context: Context
  ) -> Tensor {
    let tape = context.tape
    let products = tape.linear(
      h, weight: context[edgeNodes], bias: nil,
      transpose: context.parameters.transpose(edgeNodes, on: tape))
    let features = tape.concatenate(tape.squaredDistances(x, over: edges), attributes)
    let first = tape.edgeSums(
      products, features: features, weights: context[edgeFeatures], over: edges)
    let message = edgeSecond(tape.apply(.silu, first), then: .silu, context)
    let gate = tape.rowDots(message, context[gateWeight], bias: context[gateBias])
    return tape.scaleRows(message, by: tape.apply(.sigmoid, gate))
  }

  /// The points moved along their edges.
  func moved(_ x: Tensor, by messages: Tensor, _ edges: Edges, _ context: Context) -> Tensor {
    let tape = context.tape
    let hidden = moveFirst(messages, then: .silu, context)
    let length = tape.apply(.hyperbolicTangent, tape.rowDots(hidden, context[moveWeight]))
    return tape.moveAlongEdges(x, by: tape.scale(length, by: reach), over: edges)
  }

  /// The nodes' new features.
  func updated(_ h: Tensor, by messages: Tensor, _ edges: Edges, _ context: Context) -> Tensor {
    let tape = context.tape
    let both = tape.concatenate(h, tape.received(messages, over: edges))
    let hidden = nodeFirst(both, then: .silu, context)
    return tape.add(h, nodeSecond(hidden, context))
  }
}
