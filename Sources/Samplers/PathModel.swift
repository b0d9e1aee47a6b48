import KernelTables
import Kernels
import Diffusions
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
