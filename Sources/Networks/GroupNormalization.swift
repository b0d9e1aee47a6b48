import Tensors

/// Group normalisation with learned gain and bias: each image over its pixels and a group of channels.
///
///     g (x - mean) / √(variance + ε) + b
///
/// Gain begins at 1, bias at 0, as in the common frameworks. Does not depend on the batch.
/// Reference: Wu and He (2018), *Group normalization*, arXiv:1803.08494
package struct GroupNormalization: Layer {
  let gain: Parameter
  let bias: Parameter
  private let groups: Int
  private let epsilon: Double
  private let appliesSiLU: Bool

  /// Declares the parameters `name.gain` and `name.bias`.
  /// - Parameters:
  ///   - groups: Divides the channels.
  ///   - appliesSiLU: Whether z / (1 + exp(-z)) is taken of the result, without a pass of its own.
  package init(
    _ name: String, channels: Int, groups: Int, epsilon: Double = 1e-5, appliesSiLU: Bool = false,
    in set: ParameterSet
  ) {
    precondition(groups > 0 && channels % groups == 0, "\(name): \(groups) groups of \(channels)")
    gain = set.add(name + ".gain", Shape(channels), .ones)
    bias = set.add(name + ".bias", Shape(channels), .zeros)
    (self.groups, self.epsilon, self.appliesSiLU) = (groups, epsilon, appliesSiLU)
  }

  /// - Parameter x: [images, …, channels].
  package func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
    context.tape.groupNormalization(
      x, gain: context[gain], bias: context[bias], groups: groups, epsilon: epsilon,
      appliesSiLU: appliesSiLU)
  }
}
