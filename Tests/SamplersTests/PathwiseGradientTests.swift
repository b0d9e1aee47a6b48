import Densities
import KernelTables
import Kernels
import Networks
import Objectives
import Storage
import Tensors
import TestSupport
import Testing

@testable import Samplers

/// The paths of a small model in 64-bit floats, and what they say of a normal density at their ends.
private struct DoublePaths {
  static let count = 7
  let model: PathModel
  let set: ParameterSet
  let memory: PathMemory
  let worker: PathWorker
  let tables: PathTables
  let settings = SimulationSettings(stream: RandomStream(seed: 4), nonFinite: .stop)

  /// A model without Langevin term; `length` cuts its paths into segments.
  init(_ changes: JSONValue, length: Int) throws {
    let run = try smallRun(NamedDensity("gaussian"), changes)
    model = run.model
    set = model.parameters
    let density = CountedDensity(run.density.density)
    let plan = PathPlan(count: Self.count, steps: model.process.config.steps, length: length)
    memory = PathMemory(model, plan, threads: 1, keepsBatch: false, .float64)
    worker = PathWorker(model, density, memory, index: 0, .float64)
    tables = PathTables(model, .float64)
  }

  /// Values and transposes of moved parameters on a tape.
  private func binding(
    _ values: [Double], _ tape: Tape, gradients: UnsafeMutableRawPointer?
  ) -> ParameterBinding {
    var transposes = values
    for entry in set.entries where entry.parameter.shape.rank == 2 {
      let (shape, offset) = (entry.parameter.shape, entry.parameter.offset)
      for i in 0..<shape.count {
        transposes[offset + i % shape[1] * shape[0] + i / shape[1]] = values[offset + i]
      }
    }
    let shape = Shape(values.count)
    return ParameterBinding(
      values: tape.copy(values, shape).data, transposes: tape.copy(transposes, shape).data,
      gradients: gradients)
  }

  /// The loss Σ (log P_F - log P_B - log N(x_T; 0.5, 1)) / count, and where asked for its gradient.
  func evaluate(_ values: [Double], wantsGradient: Bool) throws -> (loss: Double, [Double]) {
    let (tape, steps, d) = (Tape(.float64), model.process.config.steps, 2)
    let size = PathGradient.count(model)
    let base = tape.copy([Double](repeating: 0, count: size), Shape(size)).data
    let parameters = binding(values, tape, gradients: wantsGradient ? base : nil)
    tables.encode(parameters)
    let inputs = tables.inputs(
      PassParameters(parameters, .float64), gradient: PathGradient(base, model, .float64))
    func terms(_ forward: Double, _ backward: Double) -> StepTerms {
      func matrix(_ value: Double) -> StepMatrix {
        let all = [Double](repeating: value, count: steps * Self.count)
        let data = tape.copy(all, Shape(all.count)).data.assumingMemoryBound(to: Double.self)
        return StepMatrix(data: data, stride: Self.count)
      }
      return StepTerms(forward: matrix(forward), backward: matrix(backward))
    }
    var isDamaged = [Bool](repeating: false, count: Self.count)
    let (logs, share) = (terms(0, 0), 1 / Double(Self.count))
    let ends = try worker.simulate(0, inputs, settings, logs: logs, isDamaged: &isDamaged)
      .assumingMemoryBound(to: Double.self)
    var loss = 0.0
    for i in 0..<steps * Self.count {
      loss += share * (logs.forward.data[i] - logs.backward.data[i])
    }
    let adjoint = worker.endAdjoint.assumingMemoryBound(to: Double.self)
    for i in 0..<Self.count * d {
      loss += share * 0.5 * (ends[i] - 0.5) * (ends[i] - 0.5)
      adjoint[i] = share * (ends[i] - 0.5)
    }
    guard wantsGradient else { return (loss, []) }
    try worker.differentiate(
      0, inputs, settings, terms(share, -share), isPathwise: true, isDamaged: &isDamaged)
    tables.runBackward(PathGradient(base, model, .float64), parameters)
    let gradient = base.assumingMemoryBound(to: Double.self)
    return (loss, (0..<set.count).map { gradient[$0] })
  }
}

@Suite("The gradient through a simulation")
struct PathwiseGradientTests {
  static let changes: [JSONValue] = [
    ["network": ["width": 5, "langevin": "off", "layers": 1], "process": ["steps": 19]],
    [
      "network": ["width": 5, "langevin": "off"],
      "process": ["steps": 9, "learned_variance": false],
    ],
    [
      "network": ["width": 5, "langevin": "off", "gate_bound": 0.7, "layers": 1],
      "process": ["steps": 9],
    ],
  ]

  @Test(
    "agrees with differences at fixed noise in 64 bits, in one segment or several",
    arguments: changes.indices, [8, 24])
  func differences(_ index: Int, _ length: Int) throws {
    let paths = try DoublePaths(Self.changes[index], length: length)
    let values = spread(paths.set.count, seed: 6, scale: 0.5).map { Double($0) }
    let gradient = try paths.evaluate(values, wantsGradient: true).1
    for entry in paths.set.entries where entry.group == .network {
      let first = entry.parameter.offset
      for direction in directions(entry.parameter.shape.count, seed: 2) {
        let slope = direction.indices.reduce(0) { $0 + direction[$1] * gradient[first + $1] }
        let difference = centralDifference { h in
          var moved = values
          for i in direction.indices { moved[first + i] += h * direction[i] }
          return (try? paths.evaluate(moved, wantsGradient: false).loss) ?? .nan
        }
        expect(slope, equals: difference, within: .scaled(1e-6), entry.name)
      }
    }
  }

  /// The ELBO ends within 0.05 of log Z = 0, and the moments as in the same test of trajectory balance.
  @Test("learns a Gaussian", arguments: ["on", "off"])
  func gaussian(_ langevin: String) throws {
    let run = try smallRun(
      NamedDensity("gaussian", config: ["mean": 0.5]),
      [
        "objective": "path-kl", "steps": 300, "batch_size": 120, "report_every": 100,
        "process": ["steps": 10, "variance": 1.5],
        "network": ["width": 16, "langevin": .string(langevin)],
        "optimizer": ["learning_rate": 5e-3],
      ])
    try run.train()
    let evaluation = try run.evaluate(
      overrides: ["samples": 4000, "transport_samples": 100, "floor_repeats": 2])
    let lower = evaluation["elbo"]?.value ?? .nan
    #expect(-0.05 < lower && lower < 0.01)
    #expect((evaluation["log-normalizer"]?.value ?? .nan).magnitude < 0.02)
    #expect(run.trainer.logZ == nil)
    #expect(((run.history.last?.loss ?? .nan) + (run.history.last?.elbo ?? .nan)).magnitude < 1e-9)
  }

  @Test("is refused where the density has no score")
  func noScore() {
    do {
      _ = try smallRun(
        NamedDensity(custom: normalFunction(dimension: 1, mean: 0)), ["objective": "path-kl"])
      Issue.record("nothing was thrown")
    } catch ConfigError.invalid(let path, let reason) {
      #expect(path == "objective" && reason.contains("score"))
    } catch { Issue.record("\(error)") }
  }
}
