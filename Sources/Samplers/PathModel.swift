import Diffusions
import KernelTables
import Kernels
import Networks
import Tensors

/// A process with its network: everything that decides the distribution of paths.
final class PathModel: @unchecked Sendable {
  let process: PinnedBrownian
  let network: PathNetwork
  let parameters = ParameterSet()
  let logZ: Parameter
  /// The state flow, for objectives that have one.
  let flow: StateFlow?
  let isForwardLooking: Bool
  let scoreBound: Double
  /// t_i of every step, [T, 1].
  let times: [Double]

  init(_ config: RunConfig, dimension: Int, usesScore: Bool, hasFlow: Bool = false) {
    process = PinnedBrownian(config.process)
    network = PathNetwork(
      config.network, dimension: dimension, usesScore: usesScore,
      learnsVariance: config.process.learnedVariance, in: parameters)
    logZ = parameters.add("log_z", Shape(1), .constant(0), group: .logZ)
    flow =
      hasFlow
      ? StateFlow(config.network, dimension: dimension, in: parameters) : nil
    isForwardLooking = config.flow.forwardLooking
    scoreBound = config.network.scoreBound
    let process = process
    times = (0..<process.steps).map { process.time(of: $0) }
    parameters.initialize(seed: config.seed)
  }

  /// The encodings of all steps, on a tape that must outlive their use.
  func encodeTimes(_ context: Context) -> PathNetwork.Times {
    let shape = Shape(rows: process.steps, columns: 1)
    return network.encode(context.tape.constant(times, shape), context)
  }

  /// Elements of the encodings of all steps: e(t), then λ(t).
  var encodingCount: Int {
    process.steps * (network.width + (network.usesScore ? network.scaleColumns : 0))
  }
}

extension PathNetwork.Times {
  /// The encodings of some steps, as constants or, with gradients, as variables.
  ///
  /// `gradients` is laid out as e(t) of all steps, then λ(t) of all steps.
  func steps(
    _ range: Range<Int>, of steps: Int, on tape: Tape, gradients: UnsafeMutablePointer<Float>?
  ) -> PathNetwork.Times {
    let scaleGradients = gradients.map { $0 + steps * encoding.shape.columns }
    return PathNetwork.Times(
      encoding: slice(encoding, range, on: tape, gradients),
      scale: scale.map { slice($0, range, on: tape, scaleGradients) })
  }

  private func slice(
    _ table: Tensor, _ range: Range<Int>, on tape: Tape, _ gradients: UnsafeMutablePointer<Float>?
  ) -> Tensor {
    let columns = table.shape.columns
    let offset = range.lowerBound * columns
    let data = table.data + offset * tape.type.byteCount
    let shape = Shape(rows: range.count, columns: columns)
    guard let gradients else { return tape.constant(data, shape) }
    return tape.variable(data, shape, gradient: gradients + offset)
  }
}
