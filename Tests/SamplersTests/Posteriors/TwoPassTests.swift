import Densities
import Kernels
import Networks
import Objectives
@testable import Samplers
import Tensors
import TestSupport
import Testing

@Suite("The gradient of a posterior in two passes")
struct TwoPassTests {
  private let steps = 4
  private let count = 3
  private let d = 2
  private let logZ = 0.3

  /// Paths that no chain has made: whatever they are, both gradients are of the same function of them.
  private func paths() -> StepPaths {
    let paths = StepPaths(capacity: count, steps: steps, dimension: d)
    let values = spread((steps + 1) * count * d, seed: 4)
    for (i, value) in values.enumerated() { paths.states[i] = Float(value) }
    let others = spread(steps * count, seed: 5)
    for (i, value) in others.enumerated() { paths.logReference[i] = Double(value) - 3 }
    return paths
  }

  private func chain(_ set: ParameterSet) throws -> GaussianChain {
    var config = DenoisingConfig()
    (config.steps, config.network.width, config.network.layers) = (steps, 4, 1)
    return try GaussianChain(config, DenoisingShape(dimension: d), in: set)
  }

  /// Calls `body` with a context of 64-bit parameters; returns what it adds to their gradient.
  private func gradient(
    _ set: ParameterSet, _ body: (Context) -> Void
  ) -> [Double] {
    let values = spread(set.count, seed: 6, scale: 0.4).map { Double($0) }
    let tape = Tape(.float64)
    let gradient = tape.copy(values.map { _ in 0 }, Shape(values.count))
    let shape = Shape(values.count)
    let binding = ParameterBinding(
      values: tape.copy(values, shape).data,
      transposes: tape.copy(transposes(of: values, in: set), shape).data,
      gradients: gradient.data)
    body(Context(tape: tape, parameters: binding))
    return gradient.values
  }

  /// log q of all rows, [T, B].
  private func logarithms(_ chain: GaussianChain, _ paths: StepPaths, _ context: Context) -> Tensor
  {
    let numbers = (0..<steps * count).map { Int32($0 / count) }
    let all = chain.logProbability(
      numbers, StepRows(first: 0, count: steps * count), of: paths.state(1),
      from: paths.state(0), context)
    return context.tape.reshape(all, Shape(steps, count))
  }

  @Test("is that of the whole loss on one tape, whatever the chunks", arguments: [1, 2, 5, 12])
  func chunks(_ size: Int) throws {
    let (set, paths) = (ParameterSet(), paths())
    let chain = try chain(set)
    let constants = (0..<count).map { path in
      logZ - 0.7 * Double(path)
        - (0..<steps).reduce(0) { $0 + paths.logReference[$1 * count + path] }
    }
    var record = PathRecord(paths: count, steps: steps)
    let whole = gradient(set) { context in
      let tape = context.tape
      let all = logarithms(chain, paths, context)
      for i in 0..<steps * count { record.logForward[i] = all[i] }
      let residuals = tape.add(
        tape.sum(all, over: [0]), tape.constant(constants, Shape(count)))
      tape.backward(
        from: tape.scale(tape.sum(tape.apply(.square, residuals)), by: 0.5 / Double(count)))
    }
    for i in 0..<steps * count { record.logBackward[i] = paths.logReference[i] }
    for path in 0..<count { record.logDensity[path] = 0.7 * Double(path) }
    var adjoints = PathAdjoints(for: record)
    _ = TrajectoryBalance().evaluate(record, logZ: logZ, adjoints: &adjoints)
    let rows = PosteriorRows(paths, fraction: 1)
    let total = rows.choose(adjoints.logForward, RandomStream(seed: 1))
    #expect(total == steps * count)
    var parts = [Double](repeating: 0, count: set.count)
    for first in stride(from: 0, to: total, by: size) {
      let part = gradient(set) { context in
        let loss = rows.loss(of: chain, first..<min(total, first + size), context)
        context.tape.backward(from: context.tape.scale(loss, by: 1 / Double(total)))
      }
      for i in parts.indices { parts[i] += part[i] }
    }
    for (a, b) in zip(parts, whole) { expect(a, equals: b, within: .scaled(1e-11)) }
    #expect(whole.contains { $0 != 0 })
  }

  @Test("reads the scores that paths kept, and finds them where they kept none")
  func scores() throws {
    let set = ParameterSet()
    let density = CountedDensity(try NamedDensity("25gmm").density)
    let chain = try chain(set).scored(of: density, bound: 100, in: set)
    set.initialize(seed: 1)
    for (i, value) in spread(set.count, seed: 6, scale: 0.4).enumerated() { set.values[i] += value }
    set.refreshTransposes()
    let kept = StepPaths(
      capacity: count, steps: steps, dimension: d, keepsScores: chain.usesScore)
    try StepSimulator(chain, reference: .noising, set, pool: .shared)
      .run(count, from: .start, RandomStream(seed: 3), into: kept) {}
    #expect(density.gradientCalls == steps * count)
    let forgotten = StepPaths(capacity: count, steps: steps, dimension: d)
    forgotten.states.update(from: kept.states, count: (steps + 1) * count * d)
    let adjoints = spread(steps * count, seed: 8).map { Double($0) }
    func gradient(_ paths: StepPaths) -> [Float] {
      let rows = PosteriorRows(paths, fraction: 1)
      let total = rows.choose(adjoints, RandomStream(seed: 0))
      var gradient = [Float](repeating: 0, count: set.count)
      gradient.withUnsafeMutableBytes { bytes in
        let binding = ParameterBinding(set, gradients: bytes.baseAddress)
        let tape = Tape()
        let context = Context(tape: tape, parameters: binding)
        tape.backward(from: rows.loss(of: chain, 0..<total, context))
      }
      return gradient
    }
    let own = gradient(kept)
    #expect(density.gradientCalls == steps * count)
    #expect(gradient(forgotten) == own && own.contains { $0 != 0 })
    #expect(density.gradientCalls == 2 * steps * count)
  }

  @Test("has the same mean where a part of the steps carries it")
  func fractions() throws {
    let (set, paths) = (ParameterSet(), paths())
    let chain = try chain(set)
    let adjoints = spread(steps * count, seed: 8).map { Double($0) }
    func gradient(_ rows: PosteriorRows, _ seed: UInt64) -> [Double] {
      let total = rows.choose(adjoints, RandomStream(seed: seed))
      return self.gradient(set) { context in
        let loss = rows.loss(of: chain, 0..<total, context)
        context.tape.backward(from: context.tape.scale(loss, by: 1 / Double(total)))
      }
    }
    let whole = gradient(PosteriorRows(paths, fraction: 1), 0)
    let half = PosteriorRows(paths, fraction: 0.5)
    let draws = (0..<400).map { gradient(half, UInt64($0)) }
    for i in stride(from: 0, to: set.count, by: 7) where whole[i] != 0 {
      expectMean(of: draws.map { $0[i] }, is: whole[i], within: .standardErrors(4.5))
    }
  }
}
