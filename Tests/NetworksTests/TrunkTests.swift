import Tensors
import TestSupport
import Testing

@testable import Networks

/// A trunk whose parameters are all random, and some steps of rows.
private struct TrunkCase {
  let trunk: Trunk
  let set = ParameterSet()
  let steps: Int
  let rows: Int
  let values: [Double]
  let x: [Double]
  let encoding: [Double]
  let seed: [Double]

  init(layers: Int, outputs: Int, steps: Int, rows: Int) {
    var sizes = PathNetworkConfig()
    (sizes.width, sizes.layers) = (5, layers)
    trunk = Trunk(sizes, inputs: 3, outputs: outputs, in: set)
    func numbers(_ count: Int, _ seed: UInt64) -> [Double] {
      spread(count, seed: seed).map { Double($0) / 2 }
    }
    (self.steps, self.rows) = (steps, rows)
    values = numbers(set.count, 1)
    x = numbers(steps * rows * 3, 2)
    encoding = numbers(steps * 5, 3)
    seed = numbers(steps * rows * outputs, 4)
  }

  /// Parameters and their transposes on a tape, and a place for their gradients.
  func binding(_ tape: Tape) -> ParameterBinding {
    let shape = Shape(set.count)
    let (own, transposes) = (tape.copy(values, shape), tape.copy(values, shape))
    for entry in set.entries where entry.parameter.shape.rank == 2 {
      let offset = 8 * entry.parameter.offset
      let matrix = tape.constant(at: own.data + offset, entry.parameter.shape)
      (transposes.data + offset).copyMemory(
        from: tape.transposed(matrix).data, byteCount: 8 * matrix.count)
    }
    return ParameterBinding(
      values: own.data, transposes: transposes.data, gradients: zeros(tape, set.count).data)
  }

  func zeros(_ tape: Tape, _ count: Int) -> Tensor {
    tape.copy([Double](repeating: 0, count: count), Shape(count))
  }

  func gradients(_ binding: ParameterBinding) -> [Double] {
    let all = binding.gradients?.assumingMemoryBound(to: Double.self)
    return (0..<set.count).map { all?[$0] ?? .nan }
  }
}

/// What both versions say.
private struct TrunkResult {
  var output: [Double]
  var byParameters: [Double]
  var byTimes: [Double]
  var byStates: [Double]
}

extension TrunkCase {
  /// On a tape.
  func onTape() -> TrunkResult {
    let tape = Tape(.float64)
    let binding = binding(tape)
    let (dx, dt) = (zeros(tape, x.count), zeros(tape, encoding.count))
    let states = tape.variable(
      tape.copy(x, Shape(steps * rows, 3)).data, Shape(steps * rows, 3), gradient: dx.data)
    let times = tape.variable(
      tape.copy(encoding, Shape(steps, 5)).data, Shape(steps, 5), gradient: dt.data)
    let y = trunk(states, at: times, Context(tape: tape, parameters: binding))
    tape.backward(from: y, seed: tape.copy(seed, y.shape).data)
    return TrunkResult(
      output: y.values, byParameters: gradients(binding), byTimes: dt.values, byStates: dx.values)
  }

  /// On plain memory, behind a step and a pair that it must leave alone.
  func onMemory() -> TrunkResult {
    let tape = Tape(.float64)
    let binding = binding(tape)
    let (pass, pairs) = (PassParameters(binding, .float64), steps * rows)
    let bias = tape.constant(at: binding.values + 8 * trunk.firstBias.offset, Shape(5))
    let starts = tape.addRows(
      tape.copy([Double](repeating: 9, count: 5) + encoding, Shape(steps + 1, 5)), bias)
    let y = zeros(tape, seed.count)
    let kept = Activations(trunk, pairs: pairs + 1, keepsSlopes: true, .float64)
    let adjoints = LayerAdjoints(trunk, pairs: pairs, .float64)
    let (states, dx) = (tape.copy(x, Shape(x.count)), zeros(tape, x.count))
    let dt = zeros(tape, starts.count)
    trunk.forward(
      states.data, steps: 1..<steps + 1, rows: rows, starts: starts.data, kept, at: 1, to: y.data,
      pass)
    adjoints.output(from: 0).copyMemory(
      from: tape.copy(seed, Shape(seed.count)).data, byteCount: 8 * seed.count)
    trunk.pullBack(pairs: pairs, kept, from: 1, adjoints, at: 0, states: dx.data, pass)
    trunk.accumulateGradients(
      states.data, steps: 1..<steps + 1, rows: rows, kept, from: 1, adjoints, starts: dt.data,
      pass)
    var byParameters = gradients(binding)
    for step in 1...steps {
      for j in 0..<5 { byParameters[trunk.firstBias.offset + j] += dt.values[5 * step + j] }
    }
    return TrunkResult(
      output: y.values, byParameters: byParameters, byTimes: Array(dt.values.dropFirst(5)),
      byStates: dx.values)
  }
}

@Suite("A trunk on plain memory")
struct TrunkTests {
  @Test(
    "says what the one on a tape says, forwards and backwards", arguments: [0, 2],
    [(1, 1, 1), (3, 1, 4), (1, 8, 3), (4, 3, 5)])
  func agreement(_ layers: Int, _ sizes: (outputs: Int, steps: Int, rows: Int)) {
    let test = TrunkCase(
      layers: layers, outputs: sizes.outputs, steps: sizes.steps, rows: sizes.rows)
    let (expected, result) = (test.onTape(), test.onMemory())
    #expect(expected.byParameters.contains { $0 != 0 })
    expect(result.output, equals: expected.output, within: .scaled(1e-13), "output")
    expect(
      result.byParameters, equals: expected.byParameters, within: .scaled(1e-13), "parameters")
    expect(result.byTimes, equals: expected.byTimes, within: .scaled(1e-13), "times")
    expect(result.byStates, equals: expected.byStates, within: .scaled(1e-13), "states")
  }
}
