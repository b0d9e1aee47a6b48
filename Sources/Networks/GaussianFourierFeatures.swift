import Tensors

/// [sin(2π x W), cos(2π x W)] with fixed random frequencies.
///
/// W is [inputs, count], normal, and does not learn; it is kept among the parameters so that a saved
/// model is whole. The standard deviation decides how fine the detail is that the features resolve:
/// 16 for the noise levels of score models.
/// Reference: Tancik et al. (2020), eq. 5, arXiv:2006.10739; Song et al. (2021), arXiv:2011.13456
package struct GaussianFourierFeatures: Layer {
  let frequencies: Parameter

  /// Declares the parameter `name.frequencies`.
  package init(
    _ name: String, inputs: Int = 1, count: Int, standardDeviation: Double, in set: ParameterSet
  ) {
    frequencies = set.add(
      name + ".frequencies", Shape(inputs, count), .normal(standardDeviation: standardDeviation))
  }

  /// - Parameter x: [rows, inputs].
  /// - Returns: [rows, 2 count].
  package func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
    let tape = context.tape
    let turns = tape.linear(
      x, weight: context[frequencies].detached, bias: nil,
      transpose: context.parameters.transpose(frequencies, on: tape))
    let angles = tape.scale(turns, by: 2 * Double.pi)
    return tape.concatenate(tape.apply(.sine, angles), tape.apply(.cosine, angles))
  }
}
