import Tensors

/// A network of a noised state and its noise level.
package protocol DenoisingNetwork: Sendable {
  /// Rows that go through a tape at once, so that what it holds stays in the cache.
  var tapeRows: Int { get }

  /// - Parameters:
  ///   - x: [rows, D].
  ///   - times: Of each row, [rows, 1], from 0 to about 1000.
  ///   - conditions: What describes the condition of each row, [rows, C]; nil where there are none.
  func callAsFunction(
    _ x: Tensor, at times: Tensor, conditions: Tensor?, _ context: Context
  ) -> DenoisingOutput

  /// The same network with linear layers held fixed, each with a low-rank change that learns.
  ///
  /// Nothing changes until they learn.
  func adapted(_ name: String, rank: Int, alpha: Double, in set: ParameterSet) -> Self
}

/// What a denoising network says.
package struct DenoisingOutput {
  /// Noise, data or a mix of both, [rows, D].
  package let value: Tensor
  /// Where between its bounds the logarithm of the variance lies, about -1 to 1, [rows, D]; nil where that is
  /// not learned.
  package let variance: Tensor?

  /// Collects both.
  package init(value: Tensor, variance: Tensor? = nil) {
    (self.value, self.variance) = (value, variance)
  }

  /// Value and, where there are twice as many columns as a state has, variance: [rows, D] each.
  init(columns output: Tensor, dimension: Int, on tape: Tape) {
    guard output.shape[-1] > dimension else {
      self.init(value: output)
      return
    }
    self.init(
      value: tape.slice(output, 0..<dimension),
      variance: tape.slice(output, dimension..<2 * dimension))
  }
}
