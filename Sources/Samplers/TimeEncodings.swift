import KernelTables
import Kernels
import Networks
import Tensors

/// What the time networks of a path network say of all steps: computed once for all rows, and run
/// backwards once.
final class TimeEncodings {
  /// The tables that passes over the steps read.
  private(set) var tables: TimeTables
  private let network: PathNetwork
  private let steps: Int
  private let tape: Tape
  private let starts: UnsafeMutableRawPointer
  private var times: PathNetwork.Times?

  init(_ network: PathNetwork, steps: Int, _ type: ScalarType = .float32) {
    (self.network, self.steps) = (network, steps)
    tape = Tape(type)
    starts = .allocate(
      byteCount: max(1, steps * network.width * type.byteCount), alignment: 64)
    tables = TimeTables(starts: UnsafeRawPointer(starts), scale: nil)
  }

  deinit { starts.deallocate() }

  /// Encodes times; with gradients in `parameters`, `runBackward` may follow.
  func encode(_ times: [Double], _ parameters: ParameterBinding) {
    let bytes = tape.type.byteCount
    tape.reset()
    tape.isRecording = parameters.gradients != nil
    let context = Context(tape: tape, parameters: parameters)
    let encoded = network.encode(
      tape.constant(times, Shape(steps, 1)), context)
    self.times = encoded
    tape.kernels.addRows(
      encoded.encoding.data, parameters.values + network.firstBias.offset * bytes, to: starts,
      groups: 1, rows: steps, columns: network.width)
    tables = TimeTables(
      starts: UnsafeRawPointer(starts), scale: encoded.scale.map { UnsafeRawPointer($0.data) })
  }

  /// Sends the gradients by the tables on to the parameters.
  func runBackward(_ gradients: TimeGradients, _ parameters: ParameterBinding) {
    guard let times, let all = parameters.gradients else { return }
    let bytes = tape.type.byteCount
    tape.kernels.accumulateRows(
      gradients.starts, into: all + network.firstBias.offset * bytes, groups: 1, rows: steps,
      columns: network.width)
    tape.addSeed(gradients.starts, to: times.encoding)
    if let scale = times.scale { tape.addSeed(gradients.scale, to: scale) }
    tape.runBackward()
  }
}
