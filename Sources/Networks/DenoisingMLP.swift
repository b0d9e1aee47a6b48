import Tensors

/// A denoising network for vectors: residual blocks that know the time.
///
///     e = SiLU(Linear(SiLU(Linear(sinusoids(t))))) + Linear(c),   h = Linear x
///     h ← h + Linear(SiLU(Linear(LN h) + Linear e))   for each block
///     y = Linear(LN h)
///
/// LN has neither gain nor bias. The last layer of a block and of the network begin at zero, so
/// the network begins as zero. c is the condition, where there is one.
/// Reference: the residual block of Ho, Jain and Abbeel (2020), arXiv:2006.11239, for vectors
package struct DenoisingMLP: DenoisingNetwork {
  private struct Block: Sendable {
    var first: Linear
    var time: Linear
    var second: Linear
  }

  private let dimension: Int
  private let sinusoids: SinusoidalEmbedding
  private var time: (first: Linear, second: Linear)
  private var condition: Linear?
  private var first: Linear
  private var blocks: [Block]
  private var last: Linear

  /// Declares all parameters.
  /// - Parameters:
  ///   - dimension: D.
  ///   - hasVariance: Whether it says variances beside values.
  package init(
    dimension: Int, width: Int, blocks: Int, conditionDimension: Int = 0,
    hasVariance: Bool = false, in set: ParameterSet
  ) {
    self.dimension = dimension
    let embedding = max(2, width / 2)
    sinusoids = SinusoidalEmbedding(count: embedding / 2)
    time = (
      Linear("time.0", inputs: 2 * (embedding / 2), outputs: embedding, in: set),
      Linear("time.1", inputs: embedding, outputs: embedding, in: set)
    )
    condition =
      conditionDimension > 0
      ? Linear("condition", inputs: conditionDimension, outputs: embedding, in: set) : nil
    first = Linear("first", inputs: dimension, outputs: width, in: set)
    self.blocks = (0..<blocks).map { index in
      let name = "blocks.\(index)"
      return Block(
        first: Linear(name + ".first", inputs: width, outputs: width, in: set),
        time: Linear(name + ".time", inputs: embedding, outputs: width, in: set),
        second: Linear(
          name + ".second", inputs: width, outputs: width, start: .constant(bias: 0), in: set))
    }
    last = Linear(
      "last", inputs: width, outputs: hasVariance ? 2 * dimension : dimension,
      start: .constant(bias: 0), in: set)
  }

  package var tapeRows: Int { 64 }

  package func callAsFunction(
    _ x: Tensor, at times: Tensor, conditions: Tensor?, _ context: Context
  ) -> DenoisingOutput {
    let tape = context.tape
    let times = isShared(times, tape) ? tape.slice(times, 0..<1, axis: 0) : times
    var e = time.second(
      time.first(sinusoids(times, context), then: .silu, context), then: .silu, context)
    if let condition, let conditions { e = tape.add(e, condition(conditions, context)) }
    var h = first(x, context)
    for block in blocks {
      let inner = tape.add(
        block.first(tape.layerNormalization(h, epsilon: 1e-5), context), block.time(e, context))
      h = tape.add(h, block.second(tape.apply(.silu, inner), context))
    }
    let output = last(tape.layerNormalization(h, epsilon: 1e-5), context)
    return DenoisingOutput(columns: output, dimension: dimension, on: tape)
  }

  /// Whether all rows are at one time, which is then encoded once; not where gradients are summed over rows.
  private func isShared(_ times: Tensor, _ tape: Tape) -> Bool {
    !tape.isRecording && times.count > 1 && (1..<times.count).allSatisfy { times[$0] == times[0] }
  }

  package func adapted(
    _ name: String, rank: Int, alpha: Double, in set: ParameterSet
  ) -> DenoisingMLP {
    var network = self
    func adapt(_ layer: inout Linear, _ part: String) {
      layer = layer.adapted(name + part, rank: rank, alpha: alpha, in: set)
    }
    adapt(&network.first, ".first")
    for index in blocks.indices {
      adapt(&network.blocks[index].first, ".blocks.\(index).first")
      adapt(&network.blocks[index].time, ".blocks.\(index).time")
      adapt(&network.blocks[index].second, ".blocks.\(index).second")
    }
    adapt(&network.last, ".last")
    return network
  }
}
