import Tensors

/// A long short-term memory; its state is [h | c].
///
///     [i f g o] = x W + b + h U + d
///     c′ = σ(f) c + σ(i) tanh(g),  h′ = σ(o) tanh(c′)
///
/// PyTorch's equations and order of gates; all parameters begin uniform on ±1/√width, the forget
/// gate's bias included.
/// Reference: Hochreiter and Schmidhuber (1997)
package struct LSTMCell: RecurrentCell {
  package let width: Int
  let input: Linear
  let hidden: Linear

  /// Declares the layers `name.input` and `name.hidden`.
  package init(_ name: String, inputs: Int, width: Int, in set: ParameterSet) {
    self.width = width
    let start = Linear.Start.within(1 / Double(width).squareRoot())
    input = Linear(name + ".input", inputs: inputs, outputs: 4 * width, start: start, in: set)
    hidden = Linear(name + ".hidden", inputs: width, outputs: 4 * width, start: start, in: set)
  }

  package var stateColumns: Int { 2 * width }

  package func callAsFunction(_ x: Tensor, _ state: Tensor, _ context: Context) -> Tensor {
    let tape = context.tape
    let h = tape.slice(state, 0..<width)
    return tape.lstm(gates: tape.add(input(x, context), hidden(h, context)), state: state)
  }
}
