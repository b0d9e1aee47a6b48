import Tensors

/// Heads that look at a sequence each in its own way.
///
///     q = x W_q,  k = m W_k,  v = m W_v,  head_h = softmax(q_h k_hᵀ / √d) v_h,  y = [head_1 … head_H] W_o
///
/// m is x itself, or another sequence ("memory") for cross-attention. One product makes queries, keys and
/// values of x, and attention reads the heads out of it in place. Projections begin as PyTorch's: uniform
/// on ±√(6 / (inputs + 3 inner)) with zero biases, the output uniform on ±1/√inner with zero bias.
/// Attention weights are not dropped out.
/// Reference: Vaswani et al. (2017), section 3.2.2, arXiv:1706.03762
package struct MultiHeadAttention: Sendable {
  /// What may be chosen beside the sizes.
  package struct Options: Sendable {
    /// Columns of one head; the width shared out among the heads by default.
    package var headWidth: Int?
    /// Columns of the memory where there is one: cross-attention.
    package var memoryWidth: Int?
    /// Whether keys are the queries, so that similarity is mutual; for self-attention.
    package var isSymmetric = false
    /// Turns queries and keys by their places.
    package var rotary: RotaryPositions?
    /// Whether products are divided by √d.
    package var isScaled = true

    /// Self-attention as published.
    package init() {}
  }

  /// Queries, keys and values of x; with a memory or symmetry only those that are its own.
  package var projection: Linear
  /// Keys and values of the memory.
  package var memory: Linear?
  /// Back from the heads.
  package var output: Linear
  let heads: Int
  let headWidth: Int
  private let options: Options

  /// Columns of all heads.
  private var inner: Int { heads * headWidth }

  /// Declares `name.projection`, `name.output` and for cross-attention `name.memory`.
  package init(
    _ name: String, width: Int, heads: Int, options: Options = Options(), in set: ParameterSet
  ) {
    precondition(
      options.headWidth != nil || width % heads == 0, "attention: \(heads) heads of \(width)")
    precondition(
      !(options.isSymmetric && options.memoryWidth != nil), "symmetric attention has no memory")
    let headWidth = options.headWidth ?? width / heads
    (self.heads, self.headWidth, self.options) = (heads, headWidth, options)
    let inner = heads * headWidth
    func project(_ part: String, _ inputs: Int, _ count: Int) -> Linear {
      Linear(
        name + part, inputs: inputs, outputs: count * inner,
        start: .given(weight: .xavierUniform(inputs: inputs, outputs: 3 * inner)), in: set)
    }
    let own = options.memoryWidth != nil ? 1 : options.isSymmetric ? 2 : 3
    projection = project(".projection", width, own)
    memory = options.memoryWidth.map { project(".memory", $0, 2) }
    output = Linear(
      name + ".output", inputs: inner, outputs: width,
      start: .given(weight: .kaimingUniform(inputs: inner)), in: set)
  }

  /// - Parameters:
  ///   - x: [batch, Nq, width].
  ///   - memory: [batch, Nk, memory width], for cross-attention.
  ///   - mask: Which places of the keys' sequence a query sees.
  ///   - cache: Keys and values of the places before x's, to which x's are added; or those of the memory,
  ///     which then is projected once.
  /// - Returns: [batch, Nq, width].
  package func callAsFunction(
    _ x: Tensor, memory: Tensor? = nil, mask: ScoreMask = .none, cache: AttentionCache? = nil,
    _ context: Context
  ) -> Tensor {
    let (queries, keys, values) =
      self.memory == nil
      ? ownParts(x, cache, context) : crossParts(x, memory, cache, context)
    let seen = context.tape.attention(
      queries, keys, values, count: heads, mask: mask, scale: options.isScaled ? nil : 1)
    return output(seen, context)
  }

  /// Room for the keys and values of a number of sequences.
  package func makeCache(
    batch: Int, places: Int, type: ScalarType = .float32
  ) -> AttentionCache {
    AttentionCache(batch: batch, places: places, heads: heads, width: headWidth, type: type)
  }

  /// The same attention with its weights held fixed and a low-rank change to each that learns.
  package func adapted(
    _ name: String, rank: Int, alpha: Double, in set: ParameterSet
  ) -> MultiHeadAttention {
    var heads = self
    func adapt(_ layer: Linear, _ part: String) -> Linear {
      layer.adapted(name + part, rank: rank, alpha: alpha, in: set)
    }
    heads.projection = adapt(projection, ".projection")
    heads.memory = memory.map { adapt($0, ".memory") }
    heads.output = adapt(output, ".output")
    return heads
  }

  private typealias Parts = (queries: Heads, keys: Heads, values: Heads)

  /// One of the groups of columns that a projection made.
  private func part(_ index: Int, of projected: Tensor) -> Heads {
    Heads(projected, firstColumn: index * inner, width: headWidth)
  }

  private func ownParts(_ x: Tensor, _ cache: AttentionCache?, _ context: Context) -> Parts {
    let all = projection(x, context)
    let keys = options.isSymmetric ? 0 : 1
    var parts = (part(0, of: all), part(keys, of: all), part(keys + 1, of: all))
    if let rotary = options.rotary {
      let turned = rotary(
        context.tape.slice(all, 0..<(keys + 1) * inner), from: cache?.length ?? 0,
        on: context.tape)
      (parts.0, parts.1) = (part(0, of: turned), part(keys, of: turned))
    }
    guard let cache else { return parts }
    let known = cache.appending(parts.1, parts.2, on: context.tape)
    return (parts.0, known.keys, known.values)
  }

  private func crossParts(
    _ x: Tensor, _ memory: Tensor?, _ cache: AttentionCache?, _ context: Context
  ) -> Parts {
    let queries = part(0, of: projection(x, context))
    if let cache, cache.length > 0 {
      let known = cache.contents(on: context.tape)
      return (queries, known.keys, known.values)
    }
    guard let memory, let projection = self.memory else {
      preconditionFailure("cross-attention has a memory")
    }
    let both = projection(memory, context)
    let (keys, values) = (part(0, of: both), part(1, of: both))
    _ = cache?.appending(keys, values, on: context.tape)
    return (queries, keys, values)
  }
}
