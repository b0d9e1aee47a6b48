import Densities
import Diffusions
import Kernels
import Networks
import Objectives
import Tensors
import Training

/// The log flows of all states of a batch, and their gradient, block by block.
final class PathFlows: @unchecked Sendable {
  private let model: PathModel
  private let flow: StateFlow
  private let times: FlowTimes
  private let passes: [FlowPass]
  private let outlooks: [FlowOutlook]
  /// What the flow keeps of one state.
  private let keptOfOne: Activations

  init(_ model: PathModel, _ flow: StateFlow, _ density: CountedDensity, threads: Int) {
    (self.model, self.flow) = (model, flow)
    times = FlowTimes(flow)
    passes = (0..<threads).map { _ in FlowPass(flow.trunk, dimension: density.dimension) }
    keptOfOne = Activations(flow.trunk, pairs: 1, keepsSlopes: false, .float32)
    outlooks = (0..<(model.isForwardLooking ? threads : 0)).map { _ in
      FlowOutlook(
        density, steps: model.process.config.steps, isTold: model.network.usesScore,
        isRelative: model.prior != nil)
    }
  }

  /// Encodes the times; their gradient goes where the parameters are bound to.
  func begin(_ steps: StepTable, _ parameters: ParameterBinding) {
    times.encode(steps.startTimes, parameters)
  }

  /// log F(x_i) of a block's states, to row 0 on of `out`; in the forward-looking form with a score, `out`
  /// holds what the simulator left there.
  ///
  /// A path with a log flow that is not finite is marked as damaged, or stops the run.
  /// - Parameters:
  ///   - kept: Receives what going backwards needs, from its beginning.
  ///   - out: Where the log flows go; nil where they are known already.
  func evaluate(
    _ block: FlowRows, _ kept: Activations, _ steps: StepTable, worker: Int,
    _ policy: NonFinitePolicy, to out: StepMatrix?, isDamaged: UnsafeMutablePointer<Bool>
  ) throws {
    if let out { try begin(block, steps, worker, policy, out, isDamaged) }
    let pass = PassParameters(ParameterBinding(model.parameters, gradients: nil))
    passes[worker].add(block, kept, times.table, pass, to: out)
  }

  /// What the learned part is added to.
  private func begin(
    _ block: FlowRows, _ steps: StepTable, _ worker: Int, _ policy: NonFinitePolicy,
    _ out: StepMatrix, _ isDamaged: UnsafeMutablePointer<Bool>
  ) throws {
    if model.isForwardLooking {
      try outlooks[worker].write(block, steps, to: out)
      try setAsideNonFinite(block, policy, out, isDamaged)
    } else {
      for step in block.steps { out.row(step).update(repeating: 0, count: block.rows) }
    }
  }

  private func setAsideNonFinite(
    _ block: FlowRows, _ policy: NonFinitePolicy, _ out: StepMatrix,
    _ isDamaged: UnsafeMutablePointer<Bool>
  ) throws {
    for (index, step) in block.steps.enumerated() {
      for row in 0..<block.rows where !out[step, row].isFinite {
        guard policy == .reject else {
          let states = block.x + index * block.rows * model.network.dimension
          let points = Points(states, count: block.rows, dimension: model.network.dimension)
          throw NumericalError(
            "the log-density", count: 1, total: block.rows, point: points[row])
        }
        isDamaged[row] = true
        out[step, row] = 0
      }
    }
  }

  /// Adds the gradient of a few steps of a block to the parameters' and to the time table's.
  /// - Parameter kept: What `evaluate` kept of these steps, from `pair` on.
  func runBackward(
    _ block: FlowRows, _ kept: Activations, from pair: Int, worker: Int, _ gradient: PathGradient,
    _ pass: PassParameters, _ adjoints: StepMatrix
  ) {
    passes[worker].runBackward(
      block, kept, from: pair, timeGradient: gradient.flowTimes, pass, adjoints)
  }

  /// Sends the gradient of the time table on to the parameters.
  func finish(_ timeGradient: UnsafeRawPointer) { times.runBackward(timeGradient) }

  /// log F(x_0), which is log Z once learned.
  func logZ(_ steps: StepTable) -> Double {
    var value = 0.0
    withUnsafeMutablePointer(to: &value) { out in
      let origin = [Float](repeating: 0, count: model.network.dimension)
      origin.withUnsafeBufferPointer { origin in
        guard let x = origin.baseAddress else { return }
        let block = FlowRows(x: x, steps: 0..<1, rows: 1)
        var isDamaged = false
        begin(steps, ParameterBinding(model.parameters, gradients: nil))
        try? evaluate(
          block, keptOfOne, steps, worker: 0, .reject, to: StepMatrix(data: out, stride: 1),
          isDamaged: &isDamaged)
      }
    }
    return value
  }
}
