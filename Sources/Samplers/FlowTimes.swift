import KernelTables
import Kernels
import Networks
import Tensors

/// What the state flow starts each step from, its first bias and the encoded time: made once for all
/// rows, before a training step, and taken backwards once, after it.
final class FlowTimes {
  private let flow: StateFlow
  private let tape = Tape()
  private var starts: Tensor?

  init(_ flow: StateFlow) { self.flow = flow }

  /// Encodes the times; the gradient goes where the parameters are bound to.
  func encode(_ times: [Double], _ parameters: ParameterBinding) {
    tape.reset()
    let x = tape.constant(times, Shape(times.count, 1))
    starts = flow.encodeStarts(x, Context(tape: tape, parameters: parameters))
  }

  /// The table, [T, width], until the next.
  var table: UnsafeRawPointer {
    guard let starts else { preconditionFailure("times are used before they are encoded") }
    return UnsafeRawPointer(starts.data)
  }

  /// Sends the gradient of the table on to the parameters.
  func runBackward(_ gradient: UnsafeRawPointer) {
    guard let starts else { preconditionFailure("times are used before they are encoded") }
    tape.backward(from: starts, seed: gradient)
  }
}
