import Kernels
import Tensors

/// What a layer needs to compute: a tape, what its parameters stand for, and chance.
package struct Context {
  package let tape: Tape
  package let parameters: ParameterBinding
  /// Whether layers that behave differently while they learn (dropout, batch statistics) do so.
  package var isTraining: Bool
  /// Source of what layers draw, one for each training step.
  package var random: RandomStream
  /// Number of the block's first row in the batch: what is drawn depends on rows, not on blocks.
  package var firstRow: Int
  /// Rows of the whole batch, of which this block is a part; 0 where there is no batch.
  package var batchRows: Int

  package init(
    tape: Tape, parameters: ParameterBinding, isTraining: Bool = false,
    random: RandomStream = RandomStream(seed: 0), firstRow: Int = 0, batchRows: Int = 0
  ) {
    self.tape = tape
    self.parameters = parameters
    self.isTraining = isTraining
    self.random = random
    self.firstRow = firstRow
    self.batchRows = batchRows
  }

  /// This on a tape to come: what may be kept by that tape, where this would keep the tape alive.
  var onAnyTape: (Tape) -> Context {
    { [parameters, isTraining, random, firstRow, batchRows] tape in
      Context(
        tape: tape, parameters: parameters, isTraining: isTraining, random: random,
        firstRow: firstRow, batchRows: batchRows)
    }
  }

  /// A parameter as a tensor.
  package subscript(_ parameter: Parameter) -> Tensor { parameters.tensor(parameter, on: tape) }
}

/// A layer from one tensor to another.
package protocol Layer: Sendable {
  /// What the layer makes of x.
  func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor
}
