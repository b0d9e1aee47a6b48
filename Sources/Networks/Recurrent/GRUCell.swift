import Tensors

/// A gated recurrent unit.
///
///     [x_r x_z x_n] = x W + b,  [h_r h_z h_n] = h U + c
///     r = σ(x_r + h_r),  z = σ(x_z + h_z),  n = tanh(x_n + r h_n),  h′ = (1 - z) n + z h
///
/// PyTorch's equations and order of gates; all parameters begin uniform on ±1/√width.
/// Reference: Cho et al. (2014), arXiv:1406.1078
package struct GRUCell: RecurrentCell {
  package let width: Int
  let input: Linear
  let hidden: Linear

  /// Declares the layers `name.input` and `name.hidden`.
  package init(_ name: String, inputs: Int, width: Int, in set: ParameterSet) {
    self.width = width
    let start = Linear.Start.within(1 / Double(width).squareRoot())
    input = Linear(name + ".input", inputs: inputs, outputs: 3 * width, start: start, in: set)
    hidden = Linear(name + ".hidden", inputs: width, outputs: 3 * width, start: start, in: set)
  }

  package var stateColumns: Int { width }

  package func callAsFunction(_ x: Tensor, _ state: Tensor, _ context: Context) -> Tensor {
    context.tape.gru(
      input: input(x, context), hidden: hidden(state, context), state: state)
  }
}
