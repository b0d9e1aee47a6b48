import Tensors

/// A linear layer for each of several groups, x_g W_g + b_g.
///
/// W is [groups, inputs, outputs], b [groups, 1, outputs]; both begin uniform on ±1/√inputs.
package struct GroupedLinear: Layer {
  let weight: Parameter
  let bias: Parameter

  /// Declares the parameters `name.weight` and `name.bias`.
  package init(_ name: String, groups: Int, inputs: Int, outputs: Int, in set: ParameterSet) {
    let start = Initializer.uniform(bound: 1 / Double(inputs).squareRoot())
    weight = set.add(name + ".weight", Shape(groups, inputs, outputs), start)
    bias = set.add(name + ".bias", Shape(groups, 1, outputs), start)
  }

  /// - Parameter x: [groups, rows, inputs], or [rows, inputs] for all groups to read.
  /// - Returns: [groups, rows, outputs].
  package func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
    context.tape.add(context.tape.product(x, context[weight]), context[bias])
  }
}
