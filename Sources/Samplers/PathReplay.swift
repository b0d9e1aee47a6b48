import Diffusions
import KernelTables
import Networks
import Tensors

/// Goes backwards through the steps of a block, one segment at a time, from the last to the first.
///
/// The states are constants to most objectives: each step's log P_F has a gradient of its own, and
/// eight steps go through the network at once. Where the gradient flows through the simulation, each
/// step waits for the one after it. Either way the weight gradients of eight steps are one product.
///
/// One for each thread; after its creation it allocates nothing.
final class PathReplay {
  private let model: PathModel
  private let flows: PathFlows?
  private let worker: Int
  private let adjoints: LayerAdjoints
  private let drift: UnsafeMutableRawPointer
  private let raw: UnsafeMutableRawPointer?
  private let gate: UnsafeMutableRawPointer?
  private let throughNetwork: UnsafeMutableRawPointer
  private let bytesPerRow: Int
  private let reversal: ReversalReplay?

  /// ∂ loss / ∂ state at the end of the steps that come next, [rows, D]; for gradients through the
  /// simulation only.
  let stateAdjoint: UnsafeMutableRawPointer

  /// Tools for the thread with this index.
  init(_ model: PathModel, _ flows: PathFlows?, worker: Int, _ type: ScalarType = .float32) {
    (self.model, self.flows, self.worker) = (model, flows, worker)
    reversal = model.reversal.map {
      ReversalReplay($0, range: model.process.config.backwardRange, type)
    }
    let bytesPerRow = model.network.dimension * type.byteCount
    self.bytesPerRow = bytesPerRow
    let rows = PathPlan.blockRows
    let pairs = rows * PathPlan.chunkSteps
    adjoints = LayerAdjoints(model.network.trunk, pairs: pairs, type)
    func room(_ rows: Int) -> UnsafeMutableRawPointer {
      .allocate(byteCount: max(1, rows * bytesPerRow), alignment: 64)
    }
    drift = room(pairs)
    raw = model.network.learnsVariance ? room(pairs) : nil
    gate = model.network.isGated ? room(pairs) : nil
    stateAdjoint = room(rows)
    throughNetwork = room(rows)
  }

  deinit {
    drift.deallocate()
    raw?.deallocate()
    gate?.deallocate()
    stateAdjoint.deallocate()
    throughNetwork.deallocate()
  }

  /// Adds the gradient of a segment's steps to the parameters' and the time tables'.
  /// - Parameters:
  ///   - steps: The steps of the segment; its first is slot 0.
  ///   - rows: Number of rows.
  ///   - seeds: The loss's gradient by what the objective read.
  ///   - isPathwise: Whether the gradient flows through the simulation, by `stateAdjoint`.
  ///   - thinning: Which steps have a gradient by the network.
  func run(
    _ steps: Range<Int>, rows: Int, _ segment: PathSegment, _ inputs: PathInputs,
    _ seeds: StepTerms, isPathwise: Bool, _ thinning: StepThinning
  ) {
    guard let gradient = inputs.gradient else { preconditionFailure("nowhere for the gradient") }
    var end = steps.upperBound
    while end > steps.lowerBound {
      let last = (end - 1 - steps.lowerBound) / PathPlan.chunkSteps
      let first = steps.lowerBound + last * PathPlan.chunkSteps
      let (chunk, slot) = (first..<end, first - steps.lowerBound)
      let factor = thinning.factor(of: first / PathPlan.chunkSteps)
      if factor != 0 {
        if isPathwise {
          pullBackThrough(chunk, slot, rows, segment, seeds, inputs)
        } else {
          pullBack(chunk, slot, rows, segment, seeds, inputs, factor)
        }
        let kept = segment.rows(from: slot, rows: rows)
        model.network.accumulateGradients(
          NetworkRows(x: kept.x, score: kept.score, drift: drift, raw: raw), steps: chunk,
          rows: rows, segment.activations, from: slot * rows, adjoints, gradient.times,
          offsets: inputs.conditions?.drift.gradient, inputs.pass)
      }
      reversal?.run(
        chunk, slot, rows: rows, segment, inputs, seeds.backward, gradient.reversalTimes)
      if let flows, let activations = segment.flowActivations, let seeds = seeds.flow {
        flows.runBackward(
          segment.flowRows(chunk, slot, rows: rows, inputs.conditions), activations,
          from: slot * rows, worker: worker, gradient, inputs.pass, seeds)
      }
      end = first
    }
  }

  /// The gradient of log P_F of visited states by the layers' inputs, all steps at once.
  private func pullBack(
    _ steps: Range<Int>, _ slot: Int, _ rows: Int, _ segment: PathSegment, _ seeds: StepTerms,
    _ inputs: PathInputs, _ factor: Double
  ) {
    for (index, step) in steps.enumerated() {
      let gradient = gradient(at: index, rows, of: segment, slot)
      inputs.pass.kernels.logForwardGradient(
        inputs.steps.coefficients[step],
        segment.transition(slot + index, rows: rows, dimension: model.network.dimension),
        seed: seeds.forward.row(step), drift: gradient.drift, raw: gradient.raw)
    }
    if factor != 1 { scale(steps.count * rows, by: factor, inputs.pass) }
    model.network.pullBack(
      gradient(at: 0, rows, of: segment, slot), pairs: steps.count * rows, segment.activations,
      from: slot * rows, adjoints, at: 0, said: segment.rows(from: slot, rows: rows).gate,
      inputs.pass)
  }

  /// Multiplies the gradient by drift and variance of some pairs of step and row.
  private func scale(_ pairs: Int, by factor: Double, _ pass: PassParameters) {
    let count = pairs * model.network.dimension
    pass.kernels.affine(
      drift, scale: factor, shift: 0, to: drift, count: count, accumulating: false)
    guard let raw else { return }
    pass.kernels.affine(raw, scale: factor, shift: 0, to: raw, count: count, accumulating: false)
  }

  /// The gradient through the simulation, from the last step to the first.
  private func pullBackThrough(
    _ steps: Range<Int>, _ slot: Int, _ rows: Int, _ segment: PathSegment, _ seeds: StepTerms,
    _ inputs: PathInputs
  ) {
    for step in steps.reversed() {
      let index = step - steps.lowerBound
      let gradient = gradient(at: index, rows, of: segment, slot)
      inputs.pass.kernels.reparametrizedGradient(
        inputs.steps.coefficients[step],
        segment.transition(slot + index, rows: rows, dimension: model.network.dimension),
        forward: seeds.forward.row(step), backward: seeds.backward.row(step),
        adjoint: stateAdjoint,
        drift: gradient.drift, raw: gradient.raw)
      model.network.pullBack(
        gradient, pairs: rows, segment.activations, from: (slot + index) * rows, adjoints,
        at: index * rows, states: throughNetwork,
        said: segment.rows(from: slot + index, rows: rows).gate, inputs.pass)
      inputs.pass.kernels.accumulate(
        throughNetwork, into: stateAdjoint, count: rows * model.network.dimension)
    }
  }

  /// Where the gradient of a chunk's step is written, beside the step's states.
  private func gradient(
    at index: Int, _ rows: Int, of segment: PathSegment, _ slot: Int
  ) -> NetworkRows {
    let offset = index * rows * bytesPerRow
    return NetworkRows(
      x: UnsafeRawPointer(segment.state(slot + index, rows: rows)), score: nil,
      drift: drift + offset, raw: raw.map { $0 + offset }, gate: gate.map { $0 + offset })
  }
}
