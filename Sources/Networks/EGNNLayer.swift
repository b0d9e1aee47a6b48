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
struct EGNNLayer: Sendable, BitwiseCopyable {
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

  /// Points moved along their edges and, where they are read, the nodes' new features.
  /// - Parameters:
  ///   - h: [nodes, width].
  ///   - x: [nodes, dimension].
  ///   - attributes: a, [edges, attributes].
  func callAsFunction(
    _ h: Tensor, _ x: Tensor, _ attributes: Tensor, _ edges: Edges, readsFeatures: Bool,
    _ context: Context
  ) -> (x: Tensor, h: Tensor) {
    let (tape, dimension, width) = (context.tape, x.shape[1], h.shape[1])
    let products = tape.linear(
      h, weight: context[edgeNodes], bias: nil,
      transpose: context.parameters.transpose(edgeNodes, on: tape))
    let pass = MessagePass(
      layer: self, parameters: context.parameters, products: products, x: x,
      attributes: attributes, edges: edges, readsMessages: readsFeatures)
    let moved = pass(context)
    guard readsFeatures else { return (moved, h) }
    let received = tape.slice(moved, dimension..<dimension + width)
    return (tape.slice(moved, 0..<dimension), updated(h, by: received, context))
  }

  /// The nodes' new features.
  private func updated(_ h: Tensor, by received: Tensor, _ context: Context) -> Tensor {
    let hidden = nodeFirst(context.tape.concatenate(h, received), then: .silu, context)
    return context.tape.add(h, nodeSecond(hidden, context))
  }
}
