import KernelTables
import Tensors

/// A Transformer block that a condition steers: adaptive layer norm, zero at first.
///
///     [shift₁ | scale₁ | gate₁ | shift₂ | scale₂ | gate₂] = SiLU(c) W + b
///     x ← x + gate₁ attention(LN(x) (1 + scale₁) + shift₁)
///     x ← x + gate₂ feedforward(LN(x) (1 + scale₂) + shift₂)
///
/// LN has neither gain nor bias and ε = 10⁻⁶. W and b begin at zero, so the block begins as the identity.
/// Reference: Peebles and Xie (2023), *Scalable diffusion models with Transformers*, section 3.2,
/// arXiv:2212.09748
package struct ConditionedTransformerBlock: Sendable {
  package var attention: MultiHeadAttention
  package var feedForward: FeedForward
  package var modulation: Linear
  private let width: Int

  /// Declares `name.attention`, `name.feedforward` and `name.modulation`.
  /// - Parameter conditionWidth: Columns of the condition.
  package init(
    _ name: String, _ config: TransformerConfig, conditionWidth: Int, in set: ParameterSet
  ) {
    width = config.width
    attention = MultiHeadAttention(
      name + ".attention", width: width, heads: config.heads, options: config.attention, in: set)
    feedForward = FeedForward(
      name + ".feedforward", width: width, hidden: config.hidden, activation: config.activation,
      dropout: config.dropout, start: config.start, in: set)
    modulation = Linear(
      name + ".modulation", inputs: conditionWidth, outputs: 6 * width,
      start: .constant(bias: 0), in: set)
  }

  /// - Parameters:
  ///   - x: [batch, places, width].
  ///   - condition: c, for example of time and class, [batch, condition's width].
  package func callAsFunction(
    _ x: Tensor, condition: Tensor, mask: ScoreMask = .none, _ context: Context
  ) -> Tensor {
    let tape = context.tape
    let steering = modulation(tape.apply(.silu, condition), context)
    func part(_ index: Int) -> Tensor {
      tape.reshape(
        tape.slice(steering, index * width..<(index + 1) * width), Shape(x.shape[0], 1, width))
    }
    func steered(_ x: Tensor, _ first: Int) -> Tensor {
      let normal = tape.layerNormalization(x, epsilon: 1e-6)
      return tape.add(
        tape.multiply(normal, tape.affine(part(first + 1), shift: 1)), part(first))
    }
    let seen = attention(steered(x, 0), mask: mask, context)
    let y = tape.add(x, tape.multiply(part(2), seen))
    return tape.add(y, tape.multiply(part(5), feedForward(steered(y, 3), context)))
  }
}
