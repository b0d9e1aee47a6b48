import KernelTables
import Tensors

/// Two linear layers with a function between them, at each place by itself: f(x W₁ + b₁) W₂ + b₂.
///
/// Reference: Vaswani et al. (2017), eq. 2, arXiv:1706.03762
package struct FeedForward: Layer {
  package var first: Linear
  package var second: Linear
  private let activation: ElementwiseFunction
  private let dropout: Dropout

  /// Declares `name.first` and `name.second`.
  package init(
    _ name: String, width: Int, hidden: Int, activation: ElementwiseFunction = .gelu,
    dropout: Double = 0, start: Linear.Start = .uniform, in set: ParameterSet
  ) {
    first = Linear(name + ".first", inputs: width, outputs: hidden, start: start, in: set)
    second = Linear(name + ".second", inputs: hidden, outputs: width, start: start, in: set)
    self.activation = activation
    self.dropout = Dropout(dropout, in: set)
  }

  /// - Parameter x: [batch, … , width].
  package func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
    second(dropout(first(x, then: activation, context), context), context)
  }
}
