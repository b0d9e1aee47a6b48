import Tensors

/// One step of a network that carries a state through time.
package protocol RecurrentCell: Sendable {
  /// Columns of the state that are the cell's output: the first ones.
  var width: Int { get }
  /// Columns of the state.
  var stateColumns: Int { get }

  /// - Parameters:
  ///   - x: [rows, inputs].
  ///   - state: [rows, stateColumns].
  /// - Returns: The state after the step.
  func callAsFunction(_ x: Tensor, _ state: Tensor, _ context: Context) -> Tensor
}

extension RecurrentCell {
  /// The state to begin with, zeros.
  package func start(rows: Int, _ context: Context) -> Tensor {
    context.tape.zeros(Shape(rows, stateColumns))
  }

  /// All steps of a sequence, one after the other.
  /// - Parameters:
  ///   - x: [steps, rows, inputs].
  ///   - state: Before the first step, [rows, stateColumns]; nil for zeros.
  ///   - recomputing: Keep input and state of a step only, and compute the rest again for the
  ///     gradient: one evaluation more for a fraction of the memory, with the same outputs.
  /// - Returns: The outputs, [steps, rows, width], and the state after the last step.
  package func scan(
    _ x: Tensor, from state: Tensor? = nil, recomputing: Bool = false, _ context: Context
  ) -> (outputs: Tensor, last: Tensor) {
    let tape = context.tape
    let (steps, rows) = (x.shape[0], x.shape[1])
    var last = state ?? start(rows: rows, context)
    var outputs: [Tensor] = []
    for step in 0..<steps {
      let now = tape.reshape(tape.entries(x, step..<step + 1), Shape(rows, x.shape[2]))
      last = recomputing ? recomputed(now, last, context) : self(now, last, context)
      let output = width < stateColumns ? tape.slice(last, 0..<width) : last
      outputs.append(tape.reshape(output, Shape(1, rows, width)))
    }
    guard steps > 0 else { return (tape.zeros(Shape(0, rows, width)), last) }
    return (tape.concatenate(outputs, axis: 0), last)
  }

  private func recomputed(_ x: Tensor, _ state: Tensor, _ context: Context) -> Tensor {
    let (tape, split, end) = (context.tape, stateColumns, stateColumns + x.shape.columns)
    let onTape = context.onAnyTape
    return tape.checkpoint(tape.concatenate(state, x)) { tape, both in
      self(tape.slice(both, split..<end), tape.slice(both, 0..<split), onTape(tape))
    }
  }
}
