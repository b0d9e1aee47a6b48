import Densities
import Diffusions
import Kernels
import Networks
import Tensors

/// One thread's tools: a block's path forwards, and its gradient backwards.
final class PathWorker: @unchecked Sendable {
  private let model: PathModel
  private let memory: PathMemory
  private let simulator: PathSimulator
  private let replay: PathReplay
  private let flows: PathFlows?
  private let index: Int

  /// Tools for the thread with this index.
  init(
    _ model: PathModel, _ density: CountedDensity, _ memory: PathMemory, _ flows: PathFlows? = nil,
    index: Int, _ type: ScalarType = .float32
  ) {
    (self.model, self.memory, self.flows, self.index) = (model, memory, flows, index)
    simulator = PathSimulator(model, density, type)
    replay = PathReplay(model, flows, worker: index, type)
  }

  /// Simulates a block from start to end.
  /// - Returns: The end points, [rows, D], valid until the next block.
  func simulate(
    _ block: Int, _ inputs: PathInputs, _ settings: SimulationSettings, logs: StepTerms,
    isDamaged: UnsafeMutablePointer<Bool>
  ) throws -> UnsafeMutableRawPointer {
    let (plan, rows) = (memory.plan, memory.plan.rows(of: block))
    let segment = memory.segment(of: block, index)
    let bytes = rows.count * model.network.dimension * inputs.pass.type.byteCount
    var state = segment.state(0, rows: rows.count)
    state.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    for part in 0..<plan.segments {
      let steps = plan.steps(of: part)
      memory.start(of: part, in: block, index).copyMemory(from: state, byteCount: bytes)
      try run(
        part, of: block, inputs, settings, logs: logs, isDamaged: isDamaged)
      state = segment.state(steps.count, rows: rows.count)
    }
    return state
  }

  /// Simulates one segment of a block from its beginning.
  private func run(
    _ part: Int, of block: Int, _ inputs: PathInputs, _ settings: SimulationSettings,
    logs: StepTerms?, isDamaged: UnsafeMutablePointer<Bool>
  ) throws {
    let rows = memory.plan.rows(of: block)
    let segment = memory.segment(of: block, index)
    segment.contents = nil
    segment.state(0, rows: rows.count).copyMemory(
      from: memory.start(of: part, in: block, index),
      byteCount: rows.count * model.network.dimension * inputs.pass.type.byteCount)
    let steps = memory.plan.steps(of: part)
    try simulator.run(
      steps, rows: rows, segment, inputs, settings, logs: logs, isDamaged: isDamaged)
    if let flows, let activations = segment.flowActivations {
      try flows.evaluate(
        segment.flowRows(steps, 0, rows: rows.count), activations, worker: index,
        settings.nonFinite, to: logs?.flow, isDamaged: isDamaged)
    }
    segment.contents = PathSegment.Contents(block: block, segment: part)
  }

  /// Where the gradient by the end points goes, [rows, D], before `differentiate` of a pathwise
  /// objective.
  var endAdjoint: UnsafeMutableRawPointer { replay.stateAdjoint }

  /// Adds a block's gradient to the parameters' and the time tables', from the last step to the first.
  ///
  /// Segments that are no longer in memory are simulated again.
  func differentiate(
    _ block: Int, _ inputs: PathInputs, _ settings: SimulationSettings, _ seeds: StepTerms,
    isPathwise: Bool, isDamaged: UnsafeMutablePointer<Bool>
  ) throws {
    let (plan, segment) = (memory.plan, memory.segment(of: block, index))
    for part in (0..<plan.segments).reversed() {
      if segment.contents != PathSegment.Contents(block: block, segment: part) {
        try run(part, of: block, inputs, settings, logs: nil, isDamaged: isDamaged)
      }
      replay.run(
        plan.steps(of: part), rows: plan.rows(of: block).count, segment, inputs, seeds,
        isPathwise: isPathwise)
    }
  }
}
