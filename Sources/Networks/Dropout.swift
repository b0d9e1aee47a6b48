import Tensors

/// Silences each element with probability p while a network learns, and scales the others by 1/(1 - p).
///
/// Nothing happens outside of training. Which elements fall silent is a function of the training step,
/// this layer's number, the row in the whole batch and the column: the same for any blocks and any
/// number of threads.
/// Reference: Srivastava et al. (2014), *Dropout*
package struct Dropout: Layer {
  /// p.
  package let probability: Double
  private let number: UInt32

  /// - Parameter probability: p in [0, 1).
  package init(_ probability: Double, in set: ParameterSet) {
    self.probability = probability
    number = set.numberRandomLayer()
  }

  /// - Parameter x: [rows of the batch, …, columns].
  package func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
    guard context.isTraining, probability > 0 else { return x }
    return context.tape.dropout(
      x, probability: probability, random: context.random.folding(.dropout), layer: number,
      firstRow: context.firstRow * x.shape.count(of: 1..<max(1, x.shape.rank - 1)))
  }
}
