import KernelTables
import Tensors

/// Sizes and choices of a Transformer's blocks.
package struct TransformerConfig: Sendable {
  /// Columns of every place.
  package var width: Int
  /// Heads of every attention.
  package var heads: Int
  /// Columns between the two layers of a feed-forward part.
  package var hidden: Int
  /// Blocks one after another.
  package var layers: Int
  /// Whether parts normalise their input (and the last block's output) rather than each sum.
  package var isPreNorm = true
  /// Between the two layers of a feed-forward part.
  package var activation = ElementwiseFunction.gelu
  /// The probability that an element of a part's output, or of a feed-forward part's hidden layer,
  /// falls silent.
  package var dropout = 0.0
  /// How feed-forward layers begin.
  package var start = Linear.Start.uniform
  /// What self-attention chooses.
  package var attention = MultiHeadAttention.Options()

  /// Pre-norm blocks with GELU and without dropout.
  package init(width: Int, heads: Int, hidden: Int, layers: Int) {
    (self.width, self.heads, self.hidden, self.layers) = (width, heads, hidden, layers)
  }
}

/// Self-attention, in decoders attention to a memory, and a feed-forward part, each added to its input.
///
///     pre-norm:   x ← x + D(part(LN(x)))
///     post-norm:  x ← LN(x + D(part(x)))
///
/// D is dropout. Pre-norm keeps a path without normalisation from end to end and trains without warm-up.
/// Reference: Vaswani et al. (2017), section 3.1, arXiv:1706.03762; Xiong et al. (2020), *On layer
/// normalization in the Transformer architecture*, arXiv:2002.04745
package struct TransformerBlock: Sendable {
  package var attention: MultiHeadAttention
  package var cross: MultiHeadAttention?
  package var feedForward: FeedForward
  private let norms: [LayerNormalization]
  private let dropouts: [Dropout]
  private let isPreNorm: Bool

  /// Declares `name.attention`, `name.feedforward`, `name.norm0`, … and, with a memory, `name.cross`.
  /// - Parameter memoryWidth: Columns of the memory that a decoder attends to; nil for an encoder.
  package init(
    _ name: String, _ config: TransformerConfig, memoryWidth: Int? = nil, in set: ParameterSet
  ) {
    let width = config.width
    attention = MultiHeadAttention(
      name + ".attention", width: width, heads: config.heads, options: config.attention, in: set)
    cross = memoryWidth.map { columns in
      var options = MultiHeadAttention.Options()
      options.memoryWidth = columns
      return MultiHeadAttention(
        name + ".cross", width: width, heads: config.heads, options: options, in: set)
    }
    feedForward = FeedForward(
      name + ".feedforward", width: width, hidden: config.hidden, activation: config.activation,
      dropout: config.dropout, start: config.start, in: set)
    let parts = memoryWidth == nil ? 2 : 3
    norms = (0..<parts).map { LayerNormalization("\(name).norm\($0)", width: width, in: set) }
    dropouts = (0..<parts).map { _ in Dropout(config.dropout, in: set) }
    isPreNorm = config.isPreNorm
  }

  /// - Parameters:
  ///   - x: [batch, places, width].
  ///   - memory: [batch, memory's places, memory's width], for a decoder.
  ///   - mask: For self-attention.
  ///   - memoryMask: For attention to the memory.
  package func callAsFunction(
    _ x: Tensor, memory: Tensor? = nil, mask: ScoreMask = .none, memoryMask: ScoreMask = .none,
    cache: BlockCache? = nil, _ context: Context
  ) -> Tensor {
    var y = adding(0, to: x, context) { attention($0, mask: mask, cache: cache?.own, context) }
    if let cross {
      y = adding(1, to: y, context) {
        cross($0, memory: memory, mask: memoryMask, cache: cache?.memory, context)
      }
    }
    return adding(norms.count - 1, to: y, context) { feedForward($0, context) }
  }

  private func adding(
    _ index: Int, to x: Tensor, _ context: Context, _ part: (Tensor) -> Tensor
  ) -> Tensor {
    let tape = context.tape
    let y = dropouts[index](part(isPreNorm ? norms[index](x, context) : x), context)
    let sum = tape.add(x, y)
    return isPreNorm ? sum : norms[index](sum, context)
  }
}

/// What one block remembers while a sequence is made step by step.
package struct BlockCache {
  let own: AttentionCache
  let memory: AttentionCache?
}
