import KernelTables
import Kernels
import Networks
import Tensors

/// What the time networks say of all steps: computed once for all rows, and run backwards once.
final class TimeEncodings {
  /// The tables that passes over the steps read.
  private(set) var tables: TimeTables
  private let model: PathModel
  private let tape: Tape
  private let starts: UnsafeMutableRawPointer
  private var times: PathNetwork.Times?

  init(_ model: PathModel, _ type: ScalarType = .float32) {
    self.model = model
    tape = Tape(type)
    starts = .allocate(
      byteCount: max(1, model.process.steps * model.network.width * type.byteCount), alignment: 64)
    tables = TimeTables(starts: UnsafeRawPointer(starts), scale: nil)
  }

  deinit { starts.deallocate() }

  /// Encodes all steps; with gradients in `parameters`, `runBackward` may follow.
  func encode(_ parameters: ParameterBinding) {
    let (network, bytes) = (model.network, tape.type.byteCount)
    tape.reset()
    tape.isRecording = parameters.gradients != nil
    let times = model.encodeTimes(Context(tape: tape, parameters: parameters))
    self.times = times
    tape.kernels.addRows(
      times.encoding.data, parameters.values + network.firstBias.offset * bytes, to: starts,
      groups: 1, rows: model.process.steps, columns: network.width)
    tables = TimeTables(
      starts: UnsafeRawPointer(starts), scale: times.scale.map { UnsafeRawPointer($0.data) })
  }

  /// Sends the gradients by the tables on to the parameters.
  func runBackward(_ gradients: TimeGradients, _ parameters: ParameterBinding) {
    guard let times, let all = parameters.gradients else { return }
    let (network, bytes) = (model.network, tape.type.byteCount)
    tape.kernels.accumulateRows(
      gradients.starts, into: all + network.firstBias.offset * bytes, groups: 1,
      rows: model.process.steps, columns: network.width)
    tape.addSeed(gradients.starts, to: times.encoding)
    if let scale = times.scale { tape.addSeed(gradients.scale, to: scale) }
    tape.runBackward()
  }
}
