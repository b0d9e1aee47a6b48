import Tensors

/// Blocks one after another: an encoder, or with a memory or a causal mask a decoder.
///
/// Pre-norm stacks normalise their output. Without positions it is equivariant under permutations of the
/// places.
/// Reference: Vaswani et al. (2017), arXiv:1706.03762
package struct TransformerStack: Sendable {
  package var blocks: [TransformerBlock]
  private let norm: LayerNormalization?

  /// Declares `name.0`, `name.1`, … and for pre-norm `name.norm`.
  package init(
    _ name: String, _ config: TransformerConfig, memoryWidth: Int? = nil, in set: ParameterSet
  ) {
    blocks = (0..<config.layers).map {
      TransformerBlock("\(name).\($0)", config, memoryWidth: memoryWidth, in: set)
    }
    norm =
      config.isPreNorm ? LayerNormalization(name + ".norm", width: config.width, in: set) : nil
  }

  /// - Parameters:
  ///   - x: [batch, places, width].
  ///   - memory: [batch, memory's places, memory's width], for a decoder with one.
  ///   - caches: What each block remembers of the places before, for decoding step by step.
  package func callAsFunction(
    _ x: Tensor, memory: Tensor? = nil, mask: ScoreMask = .none, memoryMask: ScoreMask = .none,
    caches: [BlockCache]? = nil, _ context: Context
  ) -> Tensor {
    var y = x
    for (index, block) in blocks.enumerated() {
      y = block(
        y, memory: memory, mask: mask, memoryMask: memoryMask, cache: caches?[index], context)
    }
    return norm.map { $0(y, context) } ?? y
  }

  /// Empty caches for a number of sequences.
  /// - Parameters:
  ///   - places: The longest sequence.
  ///   - memoryPlaces: The memory's places.
  package func makeCaches(
    batch: Int, places: Int, memoryPlaces: Int = 0, type: ScalarType = .float32
  ) -> [BlockCache] {
    blocks.map { block in
      BlockCache(
        own: block.attention.makeCache(batch: batch, places: places, type: type),
        memory: block.cross?.makeCache(batch: batch, places: memoryPlaces, type: type))
    }
  }
}

/// An encoder, and a decoder that attends to what the encoder made.
///
/// Both take vectors: symbols go through an `Embedding`, places through positions first.
/// Reference: Vaswani et al. (2017), figure 1, arXiv:1706.03762
package struct Transformer: Sendable {
  package var encoder: TransformerStack
  package var decoder: TransformerStack

  /// Declares `name.encoder` and `name.decoder`.
  package init(
    _ name: String, encoder: TransformerConfig, decoder: TransformerConfig, in set: ParameterSet
  ) {
    self.encoder = TransformerStack(name + ".encoder", encoder, in: set)
    self.decoder = TransformerStack(
      name + ".decoder", decoder, memoryWidth: encoder.width, in: set)
  }

  /// - Parameters:
  ///   - source: [batch, places, width].
  ///   - target: What the decoder has so far, [batch, places, width]; each place sees those before it.
  ///   - sourceMask: Which places of the source count, for the encoder and for the decoder.
  /// - Returns: [batch, target's places, width].
  package func callAsFunction(
    _ source: Tensor, _ target: Tensor, sourceMask: ScoreMask = .none, _ context: Context
  ) -> Tensor {
    let memory = encoder(source, mask: sourceMask, context)
    return decoder(
      target, memory: memory, mask: .causal, memoryMask: sourceMask, context)
  }
}
