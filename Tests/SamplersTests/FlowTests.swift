import Densities
import Diffusions
import Kernels
import Objectives
import Storage
import TestSupport
import Testing
import Training

@testable import Samplers

/// Settings of runs with state flows, and without either flow or log Z.
let flowSettings: [JSONValue] = [
  ["objective": "sub-trajectory-balance", "flow": ["forward_looking": true]],
  ["objective": "detailed-balance", "network": ["width": 8, "langevin": "off"]],
  ["objective": "detailed-balance", "flow": ["forward_looking": true]],
  ["objective": "log-variance"],
]

@Suite("A run with state flows")
struct FlowTests {
  /// The loss of the first step after the flow's parameters are moved, and the gradient by them.
  ///
  /// States do not depend on the flow, so the gradient is the derivative of what is reported.
  func firstStep(
    _ settings: JSONValue, moving direction: [Double] = [], by h: Double = 0
  ) throws -> (loss: Double, gradient: [Double]) {
    let plain: JSONValue = [
      "optimizer": [
        "name": "sgd", "momentum": 0, "schedule": "constant", "flow_learning_rate": 0.0078125,
        "clip_norm": 0,
      ]
    ]
    let run = try smallRun(nil, settings.replacing(plain))
    let set = run.model.parameters
    let flows = set.entries.filter { $0.group == .flow }.flatMap {
      Array($0.parameter.offset..<$0.parameter.offset + $0.parameter.shape.count)
    }
    let noise = spread(flows.count, seed: 3)
    for (index, place) in flows.enumerated() {
      set.values[place] += 0.1 * noise[index]
      if h != 0 { set.values[place] += Float(h * direction[index]) }
    }
    set.refreshTransposes()
    let before = flows.map { Double(set.values[$0]) }
    let report = try run.trainStep {}
    let moves = zip(flows, before).map { Double(set.values[$0]) - $1 }
    return (report.loss, moves.map { $0 / -0.0078125 })
  }

  /// 32-bit flows of a size of 10 leave errors of 1e-6 in the loss, over a distance of 0.02.
  @Test("has the gradient of its loss by the flow's parameters", arguments: 0...2)
  func gradient(_ index: Int) throws {
    let settings = flowSettings[index]
    let gradient = try firstStep(settings).gradient
    #expect(gradient.count == 393)
    let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
    for direction in directions(gradient.count, seed: 5).suffix(3) {
      let slope = zip(direction, gradient).reduce(0) { $0 + $1.0 * $1.1 }
      let difference = centralDifference(step: 0.02) { h in
        (try? firstStep(settings, moving: direction, by: h).loss) ?? .nan
      }
      expect(slope / norm, equals: difference / norm, within: .absolute(2e-3))
    }
  }

  @Test("evaluates the density at every state but the first, where it looks ahead")
  func calls() throws {
    for (looksAhead, calls) in [(false, 70), (true, 70 * 9)] {
      let run = try smallRun(
        NamedDensity(custom: normalFunction(dimension: 2, mean: 0)),
        ["objective": "detailed-balance", "flow": ["forward_looking": .bool(looksAhead)]])
      #expect(try run.trainStep {}.energyCalls == calls)
    }
  }

  @Test("looks ahead at no cost where the score is evaluated anyway, and sees the same")
  func score() throws {
    let normal = DifferentiableFunctionDensity(dimension: 1) { x, out, score in
      for row in 0..<x.count {
        out[row] = -0.5 * x.data[row] * x.data[row]
        score?[row] = 0
      }
    }
    let density = NamedDensity(custom: normal)
    let losses = try ["on", "off"].map { langevin in
      let run = try smallRun(
        density,
        [
          "objective": "detailed-balance", "flow": ["forward_looking": true],
          "network": ["width": 8, "langevin": .string(langevin)],
        ])
      // Flows begin with other random numbers where there is a Langevin term.
      for entry in run.model.parameters.entries where entry.group == .flow {
        let values = run.model.parameters.values + entry.parameter.offset
        values.update(repeating: 0, count: entry.parameter.shape.count)
      }
      run.model.parameters.refreshTransposes()
      let step = try run.trainStep {}
      #expect(step.energyCalls == (langevin == "on" ? 70 * 10 : 70 * 9))
      return step.loss
    }
    #expect(losses[0] == losses[1])
  }

  @Test("looks ahead by the marginal of the process and the density")
  func outlook() throws {
    let steps = StepTable(try PathProcess(ProcessConfig()))
    let density = try NamedDensity("25gmm").density
    let x = spread(3 * 5 * 2, seed: 1, scale: 9)
    for first in [0, 1, 97] {
      var out = [Double](repeating: 1, count: 500)
      try x.withUnsafeBufferPointer { x in
        try out.withUnsafeMutableBufferPointer { out in
          guard let x = x.baseAddress, let out = out.baseAddress else { return }
          try FlowOutlook(CountedDensity(density), steps: 100, isTold: false, isRelative: false)
            .write(
              FlowRows(x: x, steps: first..<first + 3, rows: 5), steps,
              to: StepMatrix(data: out, stride: 5))
        }
      }
      for pair in 0..<15 {
        let (step, point) = (first + pair / 5, x[2 * pair..<2 * pair + 2].map { Double($0) })
        let variance = 5 * Double(max(1, step)) / 100
        let square = point[0] * point[0] + point[1] * point[1]
        let marginal = -0.5 * square / variance - scalarLog(2 * .pi * variance)
        var value: Float = 0
        try density.logDensity(
          of: Points(
            x.withUnsafeBufferPointer { $0.baseAddress! } + 2 * pair, count: 1, dimension: 2),
          into: &value)
        let time = Double(step) / 100
        let expected = (1 - time) * marginal + time * Double(value)
        expect(out[5 * step + pair % 5], equals: expected, within: .relative(1e-5), "step \(step)")
      }
    }
  }

  /// With density N(0, σ² I), no drift and log F(x, t) = log N(x; 0, σ² t), every objective is at its best.
  @Test(
    "is balanced on every path by the exact flow",
    arguments: objectives.names.filter { !["maximum-likelihood", "reinforce"].contains($0) })
  func exactFlow(_ name: String) throws {
    let (steps, variance) = (9, 2.0)
    let run = try smallRun(
      NamedDensity("gaussian", config: ["standard_deviation": .number(variance.squareRoot())]),
      ["process": ["steps": 9, "variance": 2], "network": ["width": 8, "langevin": "off"]])
    let draws = try run.sample(1, seed: 1)
    #expect(draws.logWeights[0].magnitude < 1e-4)
    let table = StepTable(run.model.process)
    var record = PathRecord(paths: 6, steps: steps, hasFlow: true)
    let noise = spread(6 * steps, seed: 2, scale: 1).map { Double($0) }
    for path in 0..<6 {
      var x = 0.0
      for step in 0..<steps {
        let i = step * 6 + path
        let (time, next) = (Double(step) / 9, x + noise[i])
        let backward = table.coefficients[step]
        record.logFlow[i] = step == 0 ? 0 : normal(x, 0, variance * time)
        record.logForward[i] = normal(next, x, variance / 9)
        record.logBackward[i] =
          step == 0 ? 0 : normal(x, backward.backwardRetention * next, backward.backwardVariance)
        x = next
      }
      record.logDensity[path] = normal(x, 0, variance)
    }
    var adjoints = PathAdjoints(for: record)
    let objective = try objectives.entry(name).make(.object(JSONObject()))
    let loss = objective.evaluate(record, logZ: 0, adjoints: &adjoints)
    #expect(loss.magnitude < (objective.isPathwise ? 1e-12 : 1e-20))
  }

  func normal(_ x: Double, _ mean: Double, _ variance: Double) -> Double {
    -0.5 * (x - mean) * (x - mean) / variance - 0.5 * scalarLog(2 * .pi * variance)
  }

  /// After 300 steps log Z is within 0.1, as with a learned log Z, by every objective.
  @Test("learns log Z", arguments: flowSettings.indices)
  func learning(_ index: Int) throws {
    let settings: JSONValue = [
      "steps": 300, "batch_size": 120, "process": ["steps": 10, "variance": 1.5],
      "network": ["width": 16], "report_every": 100,
      "optimizer": ["learning_rate": 5e-3, "flow_learning_rate": 0.02],
    ]
    let run = try smallRun(
      NamedDensity(custom: normalFunction(dimension: 1, mean: 0.5)),
      settings.replacing(flowSettings[index]).replacing(["network": ["width": 16]]))
    try run.train()
    let truth = 0.5 * scalarLog(2 * .pi)
    let evaluation = try run.evaluate(overrides: ["samples": 4000])
    #expect(((evaluation["log-normalizer"]?.value ?? .nan) - truth).magnitude < 0.02)
    #expect(((run.history.last?.logZ ?? .nan) - truth).magnitude < 0.1)
    #expect(((run.trainer.logZ ?? truth) - truth).magnitude < 0.1)
    #expect((run.trainer.logZ == nil) == (run.config.objective == "log-variance"))
  }

  @Test("loses a path whose density is not finite on the way, or stops, as it is told")
  func nonFinite() throws {
    let hole = FunctionDensity(dimension: 1) { x, out, _ in
      for row in 0..<x.count { out[row] = x.data[row] > 1 ? .nan : -x.data[row] * x.data[row] }
    }
    func run(_ policy: JSONValue, _ looksAhead: Bool) throws -> Run {
      try smallRun(
        NamedDensity(custom: hole),
        [
          "objective": "detailed-balance", "non_finite": policy, "steps": 1,
          "flow": ["forward_looking": .bool(looksAhead)],
        ])
    }
    let (blind, ahead) = (try run("reject", false), try run("reject", true))
    let lost = try [blind, ahead].map { try $0.trainStep {}.rejected }
    #expect(0 < lost[0] && lost[0] < lost[1] && lost[1] < 70)
    let error = #expect(throws: NumericalError.self) { try run("stop", true).trainStep {} }
    #expect((error?.point?[0] ?? 0) > 1 && error?.place == "step 1")
  }

  @Test("refuses settings that its objective does not have")
  func refusals() {
    func path(_ changes: JSONValue) -> String? {
      do {
        _ = try smallRun(nil, changes)
        return nil
      } catch ConfigError.invalid(let path, _), ConfigError.unknownChoice(let path, _, _, _) {
        return path
      } catch { return "\(error)" }
    }
    #expect(path(["objective": "luck"]) == "objective")
    #expect(path(["objective_settings": ["lambda": 3]]) == "objective_settings.lambda")
    #expect(path(["flow": ["forward_looking": true]]) == "flow")
    let balance: JSONValue = ["objective": "sub-trajectory-balance"]
    #expect(path(balance.replacing(["objective_settings": ["lambda": 0.5]])) == nil)
    #expect(
      path(balance.replacing(["objective_settings": ["lambda": -1]])) == "objective_settings.lambda"
    )
  }
}
