import KernelTables
import Kernels
import Networks
import Tensors

/// The encodings of all steps' times for the state flow: made once for all rows, before a training step,
/// and taken backwards once, after it.
final class FlowTimes {
  private let flow: StateFlow
  private let tape = Tape()
  private var encoding: Tensor?

  init(_ flow: StateFlow) { self.flow = flow }

  /// Encodes the times; the gradient goes where the parameters are bound to.
  func encode(_ times: [Double], _ parameters: ParameterBinding) {
    tape.reset()
    let x = tape.constant(times, Shape(rows: times.count, columns: 1))
    encoding = flow.encode(x, Context(tape: tape, parameters: parameters))
  }

  /// The encodings, [T, width], until the next.
  var table: UnsafePointer<Float> {
    guard let encoding else { preconditionFailure("times are used before they are encoded") }
    return UnsafePointer(encoding.data.assumingMemoryBound(to: Float.self))
  }

  /// Sends the gradient of the table on to the parameters.
  func runBackward(_ gradient: UnsafePointer<Float>) {
    guard let encoding else { preconditionFailure("times are used before they are encoded") }
    tape.backward(from: encoding, seed: gradient)
  }
}
