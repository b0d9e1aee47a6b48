import Tensors

/// Layer normalisation with learned gain and bias: g (x - mean) / √(variance + ε) + b.
///
/// Gain begins at 1, bias at 0, as in the common frameworks.
/// Reference: Ba, Kiros and Hinton (2016), *Layer normalization*, arXiv:1607.06450
package struct LayerNormalization: Layer {
  let gain: Parameter
  let bias: Parameter
  private let epsilon: Double

  /// Declares the parameters `name.gain` and `name.bias`.
  package init(_ name: String, width: Int, epsilon: Double = 1e-5, in set: ParameterSet) {
    gain = set.add(name + ".gain", Shape(width), .ones)
    bias = set.add(name + ".bias", Shape(width), .zeros)
    self.epsilon = epsilon
  }

  /// - Parameter x: [… , width].
  package func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
    context.tape.layerNormalization(
      x, gain: context[gain], bias: context[bias], epsilon: epsilon)
  }
}

/// Root mean square normalisation with a learned gain: g x / √(mean square + ε).
///
/// The gain begins at 1.
/// Reference: Zhang and Sennrich (2019), arXiv:1910.07467
package struct RootMeanSquareNormalization: Layer {
  let gain: Parameter
  private let epsilon: Double

  /// Declares the parameter `name.gain`.
  package init(_ name: String, width: Int, epsilon: Double = 1e-5, in set: ParameterSet) {
    gain = set.add(name + ".gain", Shape(width), .ones)
    self.epsilon = epsilon
  }

  /// - Parameter x: [… , width].
  package func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
    context.tape.rootMeanSquareNormalization(x, gain: context[gain], epsilon: epsilon)
  }
}
