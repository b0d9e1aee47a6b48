import Tensors

/// Sizes of a network of tokens.
package struct TokenNetworkSizes: Sendable {
  /// Symbols that places can hold.
  package var symbols: Int
  /// Numbers it says of each place.
  package var outputs: Int
  /// The longest sequence.
  package var places: Int
  /// Columns of a place inside.
  package var width = 64
  /// Heads of every attention.
  package var heads = 4
  /// Blocks one after another.
  package var layers = 2
  /// Whether it is told the time.
  package var hasTime = false

  /// A small Transformer.
  package init(symbols: Int, outputs: Int, places: Int) {
    (self.symbols, self.outputs, self.places) = (symbols, outputs, places)
  }
}

/// A Transformer that says something of every place of a sequence of tokens.
///
///     h = E[x] + sinusoids of places,   h = block(h, c) `layers` times,   ℓ = W LN(h) + b
///
/// With a time, blocks are steered by c = MLP(sinusoids of 1000 t). Under absorbing noise none is needed:
/// the number of masked places says what time could, and the best prediction of a token given the others
/// does not depend on it.
/// Reference: Peebles and Xie (2023), arXiv:2212.09748; Lou, Meng and Ermon (2024), arXiv:2310.16834;
/// without time Ou et al. (2024), *Your absorbing discrete diffusion secretly models the conditional
/// distributions of clean data*, arXiv:2406.03736
package struct TokenNetwork: Sendable {
  private enum Body: Sendable {
    case plain(TransformerStack)
    case steered([ConditionedTransformerBlock], LayerNormalization)
  }

  /// Sizes.
  package let sizes: TokenNetworkSizes
  private let embedding: Embedding
  private let positions: SinusoidalPositions
  private let time: (encoding: SinusoidalEmbedding, network: MLP)?
  private var body: Body
  private let last: Linear

  /// Declares `name.symbols`, `name.time`, `name.blocks`, `name.norm` and `name.last`.
  package init(_ name: String, _ sizes: TokenNetworkSizes, in set: ParameterSet) {
    self.sizes = sizes
    let width = sizes.width
    embedding = Embedding(
      name + ".symbols", count: sizes.symbols, width: width,
      start: .normal(standardDeviation: 0.5), in: set)
    positions = SinusoidalPositions(width: width, places: sizes.places)
    let config = TransformerConfig(
      width: width, heads: sizes.heads, hidden: 4 * width, layers: sizes.layers)
    if sizes.hasTime {
      time = (
        SinusoidalEmbedding(count: width / 2, scale: 1000),
        MLP(name + ".time", sizes: [2 * (width / 2), width, width], function: .silu, in: set)
      )
      body = .steered(
        (0..<sizes.layers).map {
          ConditionedTransformerBlock(
            "\(name).blocks.\($0)", config, conditionWidth: width, in: set)
        }, LayerNormalization(name + ".norm", width: width, in: set))
    } else {
      time = nil
      body = .plain(TransformerStack(name + ".blocks", config, in: set))
    }
    last = Linear(name + ".last", inputs: width, outputs: sizes.outputs, in: set)
  }

  /// - Parameters:
  ///   - symbols: Of all places, sequence after sequence.
  ///   - batch: How many sequences.
  ///   - times: [batch, 1]; read only by a network that is told the time.
  ///   - mask: Which places a place sees.
  ///   - caches: What each block remembers of the places before, for decoding step by step.
  ///   - first: The number of the first place.
  /// - Returns: [batch, places, outputs].
  package func callAsFunction(
    _ symbols: Indices, batch: Int, at times: Tensor? = nil, mask: ScoreMask = .none,
    caches: [BlockCache]? = nil, from first: Int = 0, _ context: Context
  ) -> Tensor {
    var h = positions(embedding(symbols, batch: batch, context), from: first, context)
    switch body {
    case .plain(let stack): h = stack(h, mask: mask, caches: caches, context)
    case .steered(let blocks, let norm):
      guard let time, let times else { preconditionFailure("the network is told the time") }
      let condition = time.network(time.encoding(times, context), context)
      for block in blocks { h = block(h, condition: condition, mask: mask, context) }
      h = norm(h, context)
    }
    return last(h, context)
  }

  /// Empty caches for a number of sequences, of a network that is not told the time.
  package func makeCaches(batch: Int) -> [BlockCache] {
    guard case .plain(let stack) = body else { preconditionFailure("caches are for decoders") }
    return stack.makeCaches(batch: batch, places: sizes.places)
  }
}

extension TokenNetwork {
  /// The same network with the weights of its attention and feed-forward parts held fixed and a low-rank change
  /// to each that learns.
  ///
  /// Declares `name.0.projection.down`, and so on.
  package func adapted(
    _ name: String, rank: Int, alpha: Double, in set: ParameterSet
  ) -> TokenNetwork {
    func changed(_ layer: Linear, _ part: String) -> Linear {
      layer.adapted(name + part, rank: rank, alpha: alpha, in: set)
    }
    func changed(_ attention: MultiHeadAttention, _ index: Int) -> MultiHeadAttention {
      var attention = attention
      attention.projection = changed(attention.projection, ".\(index).projection")
      attention.output = changed(attention.output, ".\(index).output")
      return attention
    }
    func changed(_ layer: FeedForward, _ index: Int) -> FeedForward {
      var layer = layer
      layer.first = changed(layer.first, ".\(index).first")
      layer.second = changed(layer.second, ".\(index).second")
      return layer
    }
    var network = self
    switch body {
    case .plain(var stack):
      for i in stack.blocks.indices {
        stack.blocks[i].attention = changed(stack.blocks[i].attention, i)
        stack.blocks[i].feedForward = changed(stack.blocks[i].feedForward, i)
      }
      network.body = .plain(stack)
    case .steered(var blocks, let norm):
      for i in blocks.indices {
        blocks[i].attention = changed(blocks[i].attention, i)
        blocks[i].feedForward = changed(blocks[i].feedForward, i)
      }
      network.body = .steered(blocks, norm)
    }
    return network
  }
}
