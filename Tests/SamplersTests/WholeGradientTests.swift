import Densities
import Diffusions
import KernelTables
import Kernels
import Networks
import Objectives
import Storage
import Tensors
import TestSupport
import Testing
import Training

@testable import Samplers

/// Fixed paths of a model whose parameters are all away from zero, and the loss on them in doubles.
private struct FixedPaths {
  static let count = 37
  let run: Run
  let memory: PathMemory
  let worker: PathWorker
  let group: PathGroup
  let ends: VisitedEnds
  let settings: SimulationSettings
  let logZ = 0.3

  /// - Parameter backwards: Whether the paths come from ends instead of noise.
  init(_ changes: JSONValue, backwards: Bool) throws {
    try self.init(smallRun(nil, changes), backwards: backwards)
  }

  init(_ run: Run, backwards: Bool) throws {
    self.run = run
    let model = run.model
    let noise = spread(model.parameters.count, seed: 6)
    for i in noise.indices { model.parameters.values[i] += 0.2 * noise[i] }
    model.parameters.refreshTransposes()
    let density = CountedDensity(run.density.density)
    let plan = PathPlan(count: Self.count, steps: model.process.config.steps, length: 16)
    memory = PathMemory(model, plan, threads: 1, keepsBatch: true)
    worker = PathWorker(model, density, memory, index: 0)
    group = PathGroup(model, paths: Self.count, needsScore: false)
    group.begin(paths: Self.count)
    let ends = VisitedEnds(count: Self.count, dimension: 2)
    for (i, value) in spread(2 * Self.count, seed: 9).enumerated() { ends.x[i] = 3 * value }
    for (i, value) in spread(Self.count, seed: 10).enumerated() { ends.logDensity[i] = value }
    settings = SimulationSettings(
      stream: RandomStream(seed: 8), exploration: 0.3,
      origin: backwards ? .ends(ends.points(conditions: nil)) : .noise, nonFinite: .stop)
    self.ends = ends
    let tables = PathTables(model)
    let binding = ParameterBinding(model.parameters, gradients: nil)
    tables.encode(binding)
    let inputs = tables.inputs(PassParameters(binding))
    for block in 0..<memory.plan.blocks {
      let row = memory.plan.rows(of: block).lowerBound
      let ends = try worker.simulate(
        block, inputs, settings, logs: group.logs(from: row), isDamaged: group.damage(from: row))
      group.keepEnds(ends, from: row, count: memory.plan.rows(of: block).count)
    }
    if backwards {
      group.takeEnds(ends.points(conditions: nil), from: 0)
    } else {
      try group.evaluateEnds(density, .stop)
    }
    _ = group.evaluate(TrajectoryBalance(), logZ: logZ, population: nil)
  }

  var record: PathRecord { group.record }

  /// The gradient as training computes it.
  func gradient() throws -> [Double] {
    let model = run.model
    var gradient = [Float](repeating: 0, count: model.parameters.count)
    try gradient.withUnsafeMutableBufferPointer {
      guard let base = $0.baseAddress else { return }
      let binding = ParameterBinding(model.parameters, gradients: base)
      let tables = PathTables(model)
      tables.encode(binding)
      let blocks = BlockGradients(count: PathGradient.count(model), pool: run.pool)
      blocks.begin(blocks: memory.plan.blocks)
      for block in 0..<memory.plan.blocks {
        let row = memory.plan.rows(of: block).lowerBound
        let own = blocks.gradient(of: block)
        let pass = PassParameters(ParameterBinding(model.parameters, gradients: own))
        let inputs = tables.inputs(pass, gradient: PathGradient(own, model))
        try group.withSeeds(from: row) { seeds in
          try worker.differentiate(
            block, inputs, settings, seeds, isPathwise: false, isDamaged: group.damage(from: row))
        }
      }
      let sum = blocks.addUp()
      InstructionSet.active.kernels.accumulate(sum, into: base, count: model.parameters.count)
      tables.runBackward(PathGradient(sum, model), binding)
    }
    return gradient.map { Double($0) }
  }

  var values: [Double] {
    (0..<run.model.parameters.count).map { Double(run.model.parameters.values[$0]) }
  }

  /// log P_F and log P_B of all transitions, in 64-bit floats, for given parameters.
  func logs(_ values: [Double]) -> (forward: [Double], backward: [Double]) {
    let (model, tape) = (run.model, Tape(.float64))
    let parameters = tape.copy(values, Shape(values.count))
    let context = Context(
      tape: tape,
      parameters: ParameterBinding(
        values: parameters.data, transposes: parameters.data, gradients: nil))
    var (forward, backward) = (record.logForward, record.logBackward)
    let table = StepTable(model.process)
    let leading = model.hasRandomStart ? 1 : 0
    for (step, coefficients) in table.coefficients.enumerated() {
      let times = model.network.encode(
        tape.copy([table.startTimes[step]], Shape(1, 1)), context)
      let (x, next) = (states(step, tape), states(step + 1, tape))
      let output = model.network(
        x, at: times, score: model.network.usesScore ? scores(step, tape) : nil, context)
      let prior = model.prior.map { told(by: $0, at: table.startTimes[step], x, tape) }
      let isAdded = model.prior?.isAdded ?? false
      let drift = isAdded ? prior.map { tape.add(output.drift, $0.drift) } : nil
      let raw = isAdded ? prior?.raw.flatMap { a in output.raw.map { tape.add(a, $0) } } : nil
      let out = tape.copy([Double](repeating: 0, count: Self.count), Shape(Self.count))
      let first = (step + leading) * Self.count
      ReferenceKernels.logForward(
        coefficients,
        GaussianStepBuffers(
          x: x.data, next: next.data, drift: (drift ?? output.drift).data,
          raw: (raw ?? output.raw).map { UnsafeRawPointer($0.data) }, rows: Self.count,
          dimension: 2),
        to: out.data.assumingMemoryBound(to: Double.self))
      forward.replaceSubrange(first..<first + Self.count, with: out.values)
      if let prior {
        ReferenceKernels.logForward(
          coefficients,
          GaussianStepBuffers(
            x: x.data, next: next.data, drift: prior.drift.data,
            raw: prior.raw.map { UnsafeRawPointer($0.data) }, rows: Self.count, dimension: 2),
          to: out.data.assumingMemoryBound(to: Double.self))
        backward.replaceSubrange(first..<first + Self.count, with: out.values)
        continue
      }
      var learned: PathNetwork.Output?
      if let reversal = model.reversal {
        let times = reversal.encode(tape.copy([table.endTimes[step]], Shape(1, 1)), context)
        learned = reversal(next, at: times, score: nil, context)
      }
      ReferenceKernels.logReversal(
        coefficients,
        ReversalBuffers(
          x: x.data, next: next.data, mean: learned.map { UnsafeRawPointer($0.drift.data) },
          raw: learned?.raw.map { UnsafeRawPointer($0.data) },
          range: model.process.config.backwardRange, rows: Self.count, dimension: 2),
        to: out.data.assumingMemoryBound(to: Double.self))
      backward.replaceSubrange(first..<first + Self.count, with: out.values)
    }
    return (forward, backward)
  }

  /// Drift and variance of a prior, in 64-bit floats.
  private func told(
    by prior: PathPrior, at time: Double, _ x: Tensor, _ tape: Tape
  ) -> PathNetwork.Output {
    let set = prior.parameters
    let values = tape.copy((0..<set.count).map { Double(set.values[$0]) }, Shape(set.count))
    let context = Context(
      tape: tape,
      parameters: ParameterBinding(
        values: values.data, transposes: values.data, gradients: nil))
    let times = prior.network.encode(tape.copy([time], Shape(1, 1)), context)
    return prior.network(x, at: times, score: nil, context)
  }

  func loss(_ values: [Double]) -> Double {
    var moved = record
    (moved.logForward, moved.logBackward) = logs(values)
    var adjoints = PathAdjoints(for: moved)
    return TrajectoryBalance().evaluate(moved, logZ: logZ, adjoints: &adjoints)
  }

  private func states(_ step: Int, _ tape: Tape) -> Tensor {
    gather(tape) { memory.segment(of: $0, 0).rows(from: step, rows: $1).x }
  }
  private func scores(_ step: Int, _ tape: Tape) -> Tensor {
    gather(tape) { memory.segment(of: $0, 0).rows(from: step, rows: $1).score }
  }

  private func gather(_ tape: Tape, _ data: (Int, Int) -> UnsafeRawPointer?) -> Tensor {
    let all = (0..<memory.plan.blocks).flatMap { block -> [Double] in
      let rows = memory.plan.rows(of: block).count
      guard let values = data(block, rows)?.assumingMemoryBound(to: Float.self) else { return [] }
      return (0..<2 * rows).map { Double(values[$0]) }
    }
    return tape.copy(all, Shape(Self.count, 2))
  }
}

@Suite("The gradient of a whole training step")
struct WholeGradientTests {
  static let changes: [JSONValue] = [
    ["network": ["width": 5, "layers": 1]],
    ["network": ["width": 5, "langevin_per_dimension": true, "layers": 1]],
    ["network": ["width": 5, "gate_bound": 2, "layers": 1]],
    [
      "network": ["width": 5, "langevin": "off", "gate_bound": 0.5],
      "process": ["steps": 9, "learned_variance": false],
    ],
    [
      "network": ["width": 5, "langevin": "off"],
      "process": ["steps": 9, "learned_variance": false],
    ],
    [
      "network": ["width": 5, "layers": 1],
      "process": ["steps": 9, "learned_backward": true, "backward_range": 0.4],
    ],
    [
      "network": ["width": 5, "layers": 1, "gate_bound": 2],
      "process": ["steps": 9, "learned_backward": true],
    ],
    [
      "network": ["width": 5, "layers": 1],
      "process": [
        "steps": 9, "kind": "variance-preserving", "variance": 2, "learned_backward": true,
      ],
    ],
    [
      "network": ["width": 5, "layers": 1],
      "process": ["steps": 9, "kind": "time-reversal", "variance": 2],
    ],
  ]

  @Test(
    "agrees with differences of the loss in 64 bits, for paths from noise and from ends",
    arguments: changes.indices, [false, true])
  func differences(_ index: Int, _ backwards: Bool) throws {
    try check(FixedPaths(Self.changes[index], backwards: backwards))
  }

  @Test(
    "agrees with them where a prior's log-probabilities take the place of those of the way back",
    arguments: ["copy", "correction"], [false, true])
  func posterior(_ start: String, _ backwards: Bool) throws {
    let folder = try ScratchFolder()
    let path = try savePrior(in: folder, ["network": ["width": 5, "layers": 1, "langevin": "off"]])
    let wide = try NamedDensity("gaussian", config: ["mean": 1, "standard_deviation": 4])
    let run = try smallPosterior(of: path, ["initialize": .string(start)], density: wide)
    try check(FixedPaths(run, backwards: backwards))
  }

  private func check(_ paths: FixedPaths) throws {
    let logs = paths.logs(paths.values)
    expect(paths.record.logForward, equals: logs.forward, within: .scaled(1e-4), "log P_F")
    expect(paths.record.logBackward, equals: logs.backward, within: .scaled(1e-4), "log P_B")
    let (gradient, values) = (try paths.gradient(), paths.values)
    for entry in paths.run.model.parameters.entries where entry.group == .network {
      let range = entry.parameter.offset..<entry.parameter.offset + entry.parameter.shape.count
      let norm = range.reduce(0) { $0 + gradient[$1] * gradient[$1] }.squareRoot()
      for direction in directions(range.count, seed: 2).suffix(2) {
        let slope = range.reduce(0) { $0 + gradient[$1] * direction[$1 - range.lowerBound] }
        let difference = centralDifference(step: 1e-4) { h in
          var moved = values
          for i in range { moved[i] += h * direction[i - range.lowerBound] }
          return paths.loss(moved)
        }
        expect(slope / norm, equals: difference / norm, within: .absolute(1e-3), entry.name)
      }
    }
  }
}
