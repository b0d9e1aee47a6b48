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

  /// Simulates a block from start to end, or from given ends back to the start.
  /// - Returns: The end points, [rows, D], valid until the next block.
  func simulate(
    _ block: Int, _ inputs: PathInputs, _ settings: SimulationSettings, logs: StepTerms,
    isDamaged: UnsafeMutablePointer<Bool>
  ) throws -> UnsafeRawPointer {
    let (plan, rows) = (memory.plan, memory.plan.rows(of: block))
    let segment = memory.segment(of: block, index)
    let bytes = rows.count * model.network.dimension * inputs.pass.type.byteCount
    func pass(_ part: Int, from state: UnsafeRawPointer) throws {
      memory.anchor(of: part, in: block, index).copyMemory(from: state, byteCount: bytes)
      try run(part, of: block, inputs, settings, logs: logs, isDamaged: isDamaged)
    }
    var state = UnsafeRawPointer(segment.state(0, rows: rows.count))
    switch settings.origin {
    case .noise, .states:
      if case .states(let x) = settings.origin {
        state = UnsafeRawPointer(x + rows.lowerBound * model.network.dimension)
      } else {
        simulator.start(rows, inputs, settings, to: segment.state(0, rows: rows.count))
        simulator.judgeStart(state, rows.count, inputs, logs)
      }
      for part in 0..<plan.segments {
        try pass(part, from: state)
        state = UnsafeRawPointer(segment.state(plan.steps(of: part).count, rows: rows.count))
      }
      return state
    case .ends(let points):
      let ends = UnsafeRawPointer(points.x + rows.lowerBound * model.network.dimension)
      for part in (0..<plan.segments).reversed() {
        try pass(part, from: part == plan.segments - 1 ? ends : state)
      }
      if plan.first == 0 { simulator.judgeStart(state, rows.count, inputs, logs) }
      return ends
    }
  }

  /// Simulates one segment of a block from its anchor.
  private func run(
    _ part: Int, of block: Int, _ inputs: PathInputs, _ settings: SimulationSettings,
    logs: StepTerms?, isDamaged: UnsafeMutablePointer<Bool>
  ) throws {
    let (rows, steps) = (memory.plan.rows(of: block), memory.plan.steps(of: part))
    let segment = memory.segment(of: block, index)
    segment.contents = nil
    segment.state(settings.isBackwards ? steps.count : 0, rows: rows.count).copyMemory(
      from: memory.anchor(of: part, in: block, index),
      byteCount: rows.count * model.network.dimension * inputs.pass.type.byteCount)
    try simulator.run(
      steps, rows: rows, segment, inputs, settings, logs: logs, isDamaged: isDamaged)
    if let flows, let activations = segment.flowActivations {
      try flows.evaluate(
        segment.flowRows(steps, 0, rows: rows.count, inputs.conditions), activations, inputs.steps,
        worker: index, settings.nonFinite, to: logs?.flow, isDamaged: isDamaged)
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
    let thinning = StepThinning(settings, block: block)
    for part in (0..<plan.segments).reversed() {
      if segment.contents != PathSegment.Contents(block: block, segment: part) {
        try run(part, of: block, inputs, settings, logs: nil, isDamaged: isDamaged)
      }
      replay.run(
        plan.steps(of: part), rows: plan.rows(of: block).count, segment, inputs, seeds,
        isPathwise: isPathwise, thinning)
    }
  }
}
