import Networks
import Tensors

/// Where the gradient of a block of paths goes: by the parameters, and by the time tables beside them.
struct PathGradient {
  /// By the parameters.
  let parameters: UnsafeMutableRawPointer
  /// By the time tables of the path network.
  let times: TimeGradients
  /// By the time table of the state flow, [T, width], where there is one.
  let flowTimes: UnsafeMutableRawPointer

  /// The parts of a buffer of `count` numbers.
  init(_ base: UnsafeMutableRawPointer, _ model: PathModel, _ type: ScalarType = .float32) {
    let (network, steps, bytes) = (model.network, model.process.steps, type.byteCount)
    parameters = base
    let starts = base + model.parameters.count * bytes
    let scale = starts + steps * network.width * bytes
    times = TimeGradients(starts: starts, scale: scale)
    flowTimes = starts + model.encodingCount * bytes
  }

  /// Numbers in a gradient.
  static func count(_ model: PathModel) -> Int {
    model.parameters.count + model.encodingCount
      + model.process.steps * (model.flow?.trunk.width ?? 0)
  }
}
