import Tensors

/// What a layer needs to compute: a tape, and what its parameters stand for.
package struct Context {
  package let tape: Tape
  package let parameters: ParameterBinding

  package init(tape: Tape, parameters: ParameterBinding) {
    self.tape = tape
    self.parameters = parameters
  }

  /// A parameter as a tensor.
  package subscript(_ parameter: Parameter) -> Tensor { parameters.tensor(parameter, on: tape) }
}
