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
  let run: Run
  let batch: PathBatch
  var record: PathRecord
  let logZ = 0.3

  init(_ changes: JSONValue) throws {
    run = try smallRun(nil, changes)
    let model = run.model
    let noise = spread(model.parameters.count, seed: 6)
    for i in noise.indices { model.parameters.values[i] += 0.2 * noise[i] }
    model.parameters.refreshTransposes()
    batch = PathBatch(
      count: 37, dimension: 2, steps: model.process.steps, keepsPaths: true,
      keepsScores: model.network.usesScore)
    let density = CountedDensity(run.density.density)
    let tape = Tape()
    let parameters = ParameterBinding(model.parameters, gradients: nil)
    try PathSimulator(model, density, pool: run.pool).simulate(
      batch, times: model.encodeTimes(Context(tape: tape, parameters: parameters)),
      SimulationSettings(stream: RandomStream(seed: 8), exploration: 0.3, nonFinite: .stop)
    ) {}
    record = PathRecord(paths: 37, steps: model.process.steps)
    record.logForward = (0..<record.logForward.count).map { batch.logForward[$0] }
    record.logBackward = (0..<record.logBackward.count).map { batch.logBackward[$0] }
    record.logDensity = spread(37, seed: 4).map { Double($0) - 20 }
    withExtendedLifetime(tape) {}
  }

  /// The gradient as training computes it.
  func gradient() -> [Double] {
    let model = run.model
    var gradient = [Float](repeating: 0, count: model.parameters.count)
    gradient.withUnsafeMutableBufferPointer {
      guard let base = $0.baseAddress else { return }
      let tape = Tape()
      let times = model.encodeTimes(
        Context(tape: tape, parameters: ParameterBinding(model.parameters, gradients: base)))
      var adjoints = PathAdjoints(for: record)
      _ = TrajectoryBalance().evaluate(record, logZ: logZ, adjoints: &adjoints)
      PathReplay(model, pool: run.pool).accumulate(
        batch, times: times, timeTape: tape, adjoints: adjoints, into: base)
    }
    return gradient.map { Double($0) }
  }

  var values: [Double] {
    (0..<run.model.parameters.count).map { Double(run.model.parameters.values[$0]) }
  }

  /// log P_F of all steps, in 64-bit floats, for given parameters.
  func logForward(_ values: [Double]) -> [Double] {
    let (model, tape) = (run.model, Tape(.float64))
    let parameters = tape.copy(values, Shape(values.count))
    let context = Context(
      tape: tape,
      parameters: ParameterBinding(
        values: parameters.data, transposes: parameters.data, gradients: nil))
    var result = record.logForward
    for (step, coefficients) in model.process.coefficients.enumerated() {
      let times = model.network.encode(
        tape.copy([model.process.time(of: step)], Shape(1, 1)), context)
      let (x, next) = (states(step, tape), states(step + 1, tape))
      let output = model.network(
        x, at: times, score: model.network.usesScore ? scores(step, tape) : nil, context)
      let out = tape.copy([Double](repeating: 0, count: 37), Shape(37))
      ReferenceKernels.logForward(
        coefficients,
        GaussianStepBuffers(
          x: x.data, next: next.data, drift: output.drift.data,
          raw: output.raw.map { UnsafeRawPointer($0.data) }, rows: 37, dimension: 2),
        to: out.data.assumingMemoryBound(to: Double.self))
      result.replaceSubrange(step * 37..<(step + 1) * 37, with: out.values)
    }
    return result
  }

  func loss(_ values: [Double]) -> Double {
    var moved = record
    moved.logForward = logForward(values)
    var adjoints = PathAdjoints(for: moved)
    return TrajectoryBalance().evaluate(moved, logZ: logZ, adjoints: &adjoints)
  }

  private func states(_ step: Int, _ tape: Tape) -> Tensor {
    gather(tape) { batch.state($0, step) }
  }
  private func scores(_ step: Int, _ tape: Tape) -> Tensor {
    gather(tape) { batch.score($0, step) }
  }

  private func gather(_ tape: Tape, _ data: (Int) -> UnsafeMutablePointer<Float>) -> Tensor {
    let all = (0..<batch.blocks).flatMap { block in
      (0..<2 * batch.rows(of: block).count).map { Double(data(block)[$0]) }
    }
    return tape.copy(all, Shape(37, 2))
  }
}

@Suite("The gradient of a whole training step")
struct WholeGradientTests {
  static let changes: [JSONValue] = [
    ["network": ["width": 5, "layers": 1]],
    ["network": ["width": 5, "langevin_per_dimension": true, "layers": 1]],
    [
      "network": ["width": 5, "langevin": "off"],
      "process": ["steps": 9, "learned_variance": false],
    ],
  ]

  @Test("agrees with differences of the loss in 64 bits", arguments: changes.indices)
  func differences(_ index: Int) throws {
    let paths = try FixedPaths(Self.changes[index])
    expect(
      paths.record.logForward, equals: paths.logForward(paths.values), within: .scaled(1e-4),
      "log P_F")
    let (gradient, values) = (paths.gradient(), paths.values)
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
