import Tensors

/// x W + b.
///
/// W is [inputs, outputs] and b [outputs]. By default both begin uniform on ±1/√inputs, as in the
/// common frameworks.
package struct Linear: Layer {
  let weight: Parameter
  let bias: Parameter

  /// How a linear layer begins.
  package enum Start: Sendable {
    /// Weight and bias uniform on ±1/√inputs.
    case uniform
    /// Weight and bias uniform on ± a bound.
    case within(Double)
    /// Zero weight and a constant bias.
    case constant(bias: Double)
  }

  /// Declares the parameters `name.weight` and `name.bias`.
  package init(
    _ name: String, inputs: Int, outputs: Int, start: Start = .uniform,
    group: ParameterGroup = .network, in set: ParameterSet
  ) {
    let (weight, bias): (Initializer, Initializer) =
      switch start {
      case .uniform:
        (
          .uniform(bound: 1 / Double(inputs).squareRoot()),
          .uniform(bound: 1 / Double(inputs).squareRoot())
        )
      case .within(let bound): (.uniform(bound: bound), .uniform(bound: bound))
      case .constant(let value): (.constant(0), .constant(value))
      }
    self.weight = set.add(name + ".weight", Shape(inputs, outputs), weight, group: group)
    self.bias = set.add(name + ".bias", Shape(outputs), bias, group: group)
  }

  /// - Parameter x: [rows, inputs].
  /// - Returns: [rows, outputs].
  package func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
    context.tape.linear(
      x, weight: context[weight], bias: context[bias],
      transpose: context.parameters.transpose(weight, on: context.tape))
  }
}
