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
  /// By the time tables of the network of the way back, where there is one.
  let reversalTimes: TimeGradients

  /// The parts of a buffer of `count` numbers.
  init(_ base: UnsafeMutableRawPointer, _ model: PathModel, _ type: ScalarType = .float32) {
    let (steps, bytes) = (model.process.config.steps, type.byteCount)
    parameters = base
    let starts = base + model.parameters.count * bytes
    times = TimeGradients(starts: starts, of: model.network, steps: steps, type)
    flowTimes = starts + model.network.timeCount(steps) * bytes
    let reversal = flowTimes + steps * (model.flow?.trunk.width ?? 0) * bytes
    reversalTimes = TimeGradients(
      starts: reversal, of: model.reversal ?? model.network, steps: steps, type)
  }

  /// Numbers in a gradient.
  static func count(_ model: PathModel) -> Int {
    let steps = model.process.config.steps
    return model.parameters.count + model.network.timeCount(steps)
      + steps * (model.flow?.trunk.width ?? 0) + (model.reversal?.timeCount(steps) ?? 0)
  }
}

extension PathNetwork {
  /// Elements of the time tables of so many steps: starts, then λ(t).
  func timeCount(_ steps: Int) -> Int { steps * (width + (usesScore ? scaleColumns : 0)) }
}

extension TimeGradients {
  /// The gradients of a network's time tables, one after the other.
  fileprivate init(
    starts: UnsafeMutableRawPointer, of network: PathNetwork, steps: Int, _ type: ScalarType
  ) {
    self.init(starts: starts, scale: starts + steps * network.width * type.byteCount)
  }
}
