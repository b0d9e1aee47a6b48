import Densities
import Diffusions
import KernelTables
import Kernels
import Networks
import Tensors
import Training

/// Draws paths, one block at a time: the one rollout of all objectives and of sampling.
///
/// Forwards each step moves on from what the network says of the state; backwards each step goes back
/// first, and then the network says how likely the way forwards was. One for each thread; after its
/// creation it allocates nothing.
final class PathSimulator {
  private let model: PathModel
  private let density: CountedDensity
  private let noise: UnsafeMutableRawPointer
  private let output: UnsafeMutableRawPointer
  private let values: UnsafeMutablePointer<Float>
  private let prior: PriorPass?
  private let guidance: StepGuidance?

  init(_ model: PathModel, _ density: CountedDensity, _ type: ScalarType = .float32) {
    self.model = model
    self.density = density
    let (rows, network) = (PathPlan.blockRows, model.network)
    let columns = max(network.outputColumns, model.reversal?.outputColumns ?? 0)
    noise = .allocate(byteCount: rows * network.dimension * type.byteCount, alignment: 64)
    output = .allocate(byteCount: rows * columns * type.byteCount, alignment: 64)
    values = .allocate(capacity: rows)
    prior = model.prior.map { PriorPass($0, type) }
    guidance = StepGuidance(model, density)
  }

  deinit {
    noise.deallocate()
    output.deallocate()
    values.deallocate()
  }

  /// Draws x_0 of a block, [rows, D].
  func start(
    _ rows: Range<Int>, _ inputs: PathInputs, _ settings: SimulationSettings,
    to x: UnsafeMutableRawPointer
  ) {
    let (dimension, type) = (model.network.dimension, inputs.pass.type)
    guard model.hasRandomStart else {
      let bytes = rows.count * dimension * type.byteCount
      x.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
      return
    }
    drawNoise(.max, rows, settings, inputs.pass.kernels)
    let origin = ReversalBuffers(
      x: x, next: noise, mean: nil, raw: nil, range: 0, rows: rows.count, dimension: dimension)
    inputs.pass.kernels.retreat(inputs.steps.marginals[0], origin, noise: noise)
  }

  /// Writes the transition from nowhere to x_0, which comes before all steps.
  func judgeStart(_ x: UnsafeRawPointer, _ rows: Int, _ inputs: PathInputs, _ logs: StepTerms) {
    guard model.hasRandomStart else { return }
    let dimension = model.network.dimension
    inputs.pass.kernels.logBackward(
      inputs.steps.marginals[0],
      GaussianStepBuffers(
        x: x, next: UnsafeMutableRawPointer(mutating: x), drift: x, raw: nil, rows: rows,
        dimension: dimension),
      to: logs.forward.row(-1))
    if model.prior == nil {
      logs.backward.row(-1).update(repeating: 0, count: rows)
    } else {
      logs.backward.row(-1).update(from: logs.forward.row(-1), count: rows)
    }
  }

  /// Simulates a run of steps of a block, forwards from the states at its beginning or backwards from
  /// those at its end.
  /// - Parameters:
  ///   - steps: The steps; the first one is the segment's slot 0.
  ///   - rows: The block's rows in the batch.
  ///   - logs: Receives the log-probabilities; nil where they are known already.
  ///   - isDamaged: Rows of the block with a score that is not finite are marked here.
  func run(
    _ steps: Range<Int>, rows: Range<Int>, _ segment: PathSegment, _ inputs: PathInputs,
    _ settings: SimulationSettings, logs: StepTerms?, isDamaged: UnsafeMutablePointer<Bool>
  ) throws {
    for index in 0..<steps.count {
      switch settings.origin {
      case .noise, .states:
        let place = Place(segment, slot: index, step: steps.lowerBound + index, rows: rows)
        try consult(place, inputs, settings, logs, isDamaged)
        advance(place, inputs, settings, logs)
      case .ends:
        let slot = steps.count - 1 - index
        let place = Place(segment, slot: slot, step: steps.lowerBound + slot, rows: rows)
        retreat(place, inputs, settings)
        try consult(place, inputs, settings, logs, isDamaged)
        if let logs { judge(place, inputs, logs) }
      }
    }
  }

  /// One step of a block, and where it is kept.
  private struct Place {
    let segment: PathSegment
    let slot: Int
    let step: Int
    let rows: Range<Int>

    init(_ segment: PathSegment, slot: Int, step: Int, rows: Range<Int>) {
      (self.segment, self.slot, self.step, self.rows) = (segment, slot, step, rows)
    }

    func transition(_ dimension: Int) -> GaussianStepBuffers {
      segment.transition(slot, rows: rows.count, dimension: dimension)
    }
  }

  /// Asks the density and the network about the states at the beginning of a step.
  private func consult(
    _ place: Place, _ inputs: PathInputs, _ settings: SimulationSettings, _ logs: StepTerms?,
    _ isDamaged: UnsafeMutablePointer<Bool>
  ) throws {
    let rows = place.rows.count
    let io = place.segment.rows(from: place.slot, rows: rows)
    if let score = io.score {
      try evaluateScore(
        at: io.x, UnsafeMutableRawPointer(mutating: score), rows, inputs, settings, isDamaged)
      if model.isForwardLooking, let flow = logs?.flow {
        tell(flow, place.step, inputs.steps.startTimes[place.step], rows)
      }
    }
    model.network.forward(
      io, step: place.step, rows: rows, inputs.times, offsets: inputs.conditions?.drift.values,
      place.segment.activations, at: place.slot * rows, scratch: output, inputs.pass)
    if let prior, let tables = inputs.prior {
      consult(prior, tables, about: io, place, inputs, isNeeded: logs != nil)
    }
    try guidance?.add(
      to: io.drift.assumingMemoryBound(to: Float.self),
      at: io.x.assumingMemoryBound(to: Float.self), place.step, rows: rows, inputs.steps,
      conditions: inputs.conditions?.indices, settings.nonFinite, isDamaged)
  }

  /// Asks the prior too, where its log-probabilities are wanted or the network is a correction to it.
  private func consult(
    _ prior: PriorPass, _ tables: PriorInputs, about io: NetworkRows, _ place: Place,
    _ inputs: PathInputs, isNeeded: Bool
  ) {
    let (rows, isAdded) = (place.rows.count, model.prior?.isAdded ?? false)
    guard isNeeded || isAdded else { return }
    prior.consult(
      io.x, step: place.step, rows: rows, tables, offsets: inputs.conditions?.prior)
    if isAdded { prior.add(to: io, rows: rows, tables) }
  }

  /// Draws the next states and writes the log-probabilities of having done so.
  private func advance(
    _ place: Place, _ inputs: PathInputs, _ settings: SimulationSettings, _ logs: StepTerms?
  ) {
    let kernels = inputs.pass.kernels
    drawNoise(UInt32(place.step), place.rows, settings, kernels)
    let buffers = place.transition(model.network.dimension)
    let coefficients = inputs.steps.coefficients[place.step]
    let exploration =
      settings.exploration * settings.exploration * inputs.steps.explorationShares[place.step]
    guard let logs else {
      kernels.propose(coefficients, buffers, noise: noise, exploration: exploration)
      return consultReversal(place, inputs)
    }
    kernels.advance(
      coefficients, buffers, noise: noise, exploration: exploration,
      logForward: logs.forward.row(place.step), logBackward: logs.backward.row(place.step))
    if let prior { return judge(place, by: prior, inputs, logs) }
    guard model.reversal != nil else { return }
    consultReversal(place, inputs)
    judgeReversal(place, inputs, logs)
  }

  /// Draws the states at the beginning of a step from those at its end.
  private func retreat(_ place: Place, _ inputs: PathInputs, _ settings: SimulationSettings) {
    consultReversal(place, inputs)
    drawNoise(UInt32(place.step), place.rows, settings, inputs.pass.kernels)
    inputs.pass.kernels.retreat(
      inputs.steps.coefficients[place.step], reversalBuffers(place), noise: noise)
  }

  /// The log-probabilities of a step whose both ends are known.
  private func judge(_ place: Place, _ inputs: PathInputs, _ logs: StepTerms) {
    inputs.pass.kernels.logForward(
      inputs.steps.coefficients[place.step], place.transition(model.network.dimension),
      to: logs.forward.row(place.step))
    if let prior { return judge(place, by: prior, inputs, logs) }
    judgeReversal(place, inputs, logs)
  }

  /// The prior's log-probabilities of the same steps take the place of those of the way back.
  private func judge(
    _ place: Place, by prior: PriorPass, _ inputs: PathInputs, _ logs: StepTerms
  ) {
    inputs.pass.kernels.logForward(
      inputs.steps.coefficients[place.step],
      prior.transition(place.transition(model.network.dimension)),
      to: logs.backward.row(place.step))
  }

  private func judgeReversal(_ place: Place, _ inputs: PathInputs, _ logs: StepTerms) {
    inputs.pass.kernels.logReversal(
      inputs.steps.coefficients[place.step], reversalBuffers(place),
      to: logs.backward.row(place.step))
  }

  /// Asks the network of the way back, where there is one, about the states at the end of a step.
  private func consultReversal(_ place: Place, _ inputs: PathInputs) {
    guard let network = model.reversal, let times = inputs.reversalTimes,
      let kept = place.segment.reversal
    else { return }
    let rows = place.rows.count
    network.forward(
      kept.rows(from: place.slot, rows: rows, states: place.segment), step: place.step,
      rows: rows, times, kept.activations, at: place.slot * rows, scratch: output, inputs.pass)
  }

  private func reversalBuffers(_ place: Place) -> ReversalBuffers {
    place.segment.wayBack(
      place.slot, rows: place.rows.count, dimension: model.network.dimension,
      range: model.process.config.backwardRange)
  }

  private func drawNoise(
    _ step: UInt32, _ rows: Range<Int>, _ settings: SimulationSettings,
    _ kernels: any KernelSet.Type
  ) {
    kernels.normals(
      key: settings.stream.key, step: step, firstRow: settings.firstRow + rows.lowerBound,
      rows: rows.count, columns: model.network.dimension, to: noise)
  }

  /// Leaves t_i log ρ(x_i), which came with the score, to a state flow that looks ahead.
  private func tell(_ flow: StepMatrix, _ step: Int, _ time: Double, _ rows: Int) {
    for row in 0..<rows { flow[step, row] = step == 0 ? 0 : time * Double(values[row]) }
  }

  /// Clipped scores; a row with a NaN or an infinity is marked, and its score zero.
  private func evaluateScore(
    at states: UnsafeRawPointer, _ out: UnsafeMutableRawPointer, _ rows: Int,
    _ inputs: PathInputs, _ settings: SimulationSettings, _ isDamaged: UnsafeMutablePointer<Bool>
  ) throws {
    let kernels = InstructionSet.active.kernels
    let count = rows * model.network.dimension
    let score = out.assumingMemoryBound(to: Float.self)
    let points = Points(
      states.assumingMemoryBound(to: Float.self), count: rows,
      dimension: model.network.dimension, conditions: inputs.conditions?.indices)
    try density.score(of: points, logDensity: values, into: score)
    if kernels.countNonFinite(score, count: count) > 0 {
      try setAsideNonFinite(score, at: points, settings.nonFinite, isDamaged)
    }
    kernels.clip(score, bound: model.scoreBound, to: score, count: count)
  }
}
