import Networks
import Tensors
import TestSupport
import Testing

/// A small network of each kind.
struct NetworkCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  var layers = 1
  var dimension = 2
  var usesScore = true
  var learnsVariance = true
  var perDimension = false
  var gateBound = 0.0

  static let all = [
    NetworkCase(testDescription: "everything"),
    NetworkCase(testDescription: "a gate", gateBound: 0.7),
    NetworkCase(
      testDescription: "a gate, fixed variance", usesScore: false, learnsVariance: false,
      gateBound: 2),
    NetworkCase(testDescription: "a scale for each dimension", perDimension: true),
    NetworkCase(testDescription: "no score", layers: 2, dimension: 3, usesScore: false),
    NetworkCase(
      testDescription: "fixed variance, no hidden layer", layers: 0, learnsVariance: false),
    NetworkCase(
      testDescription: "one dimension", dimension: 1, usesScore: false, learnsVariance: false),
  ]

  func network(width: Int, in set: ParameterSet) -> PathNetwork {
    var config = PathNetworkConfig()
    (config.width, config.layers, config.langevinPerDimension) = (width, layers, perDimension)
    config.gateBound = gateBound
    return PathNetwork(
      config, dimension: dimension, usesScore: usesScore, learnsVariance: learnsVariance, in: set)
  }
}

/// Two steps of three rows each.
private let steps = 2
private let rows = 3

@Suite("A path network")
struct PathNetworkTests {
  /// Drift and raw variance, side by side in one column, of parameters given one by one.
  func output(
    _ network: PathNetwork, _ tape: Tape, values: Tensor, transposes: Tensor,
    gradients: UnsafeMutableRawPointer?
  ) -> PathNetwork.Output {
    let context = Context(
      tape: tape,
      parameters: ParameterBinding(
        values: values.data, transposes: transposes.data, gradients: gradients))
    let shape = Shape(steps * rows, network.dimension)
    func constant(_ seed: UInt64) -> Tensor {
      tape.copy(spread(shape.count, seed: seed).map { Double($0) }, shape)
    }
    let times = network.encode(tape.copy([0.25, 0.75], Shape(steps, 1)), context)
    return network(
      constant(31), at: times, score: network.usesScore ? constant(32) : nil, context)
  }

  /// Transposes of all matrices at the offsets of their values.
  func transposes(_ set: ParameterSet, _ values: [Double]) -> [Double] {
    var result = values
    for entry in set.entries where entry.parameter.shape.rank == 2 {
      let (shape, offset) = (entry.parameter.shape, entry.parameter.offset)
      for i in 0..<shape.count {
        result[offset + i % shape[1] * shape[0] + i / shape[1]] = values[offset + i]
      }
    }
    return result
  }

  /// Random values everywhere: layers that begin at zero would hide errors of those before them.
  func values(_ set: ParameterSet) -> [Double] { spread(set.count, seed: 5).map { Double($0) / 2 } }

  @Test("has the gradient of its differences by every parameter", arguments: NetworkCase.all)
  func gradient(_ test: NetworkCase) {
    let set = ParameterSet()
    let network = test.network(width: 5, in: set)
    let values = values(set)
    func tensors(_ tape: Tape, _ values: [Double]) -> (values: Tensor, transposes: Tensor) {
      let shape = Shape(values.count)
      return (tape.copy(values, shape), tape.copy(transposes(set, values), shape))
    }
    let tape = Tape(.float64)
    let gradient = tape.copy(values.map { _ in 0 }, Shape(set.count))
    let parameters = tensors(tape, values)
    let result = output(
      network, tape, values: parameters.values, transposes: parameters.transposes,
      gradients: gradient.data)
    let outputs = [result.drift] + (result.raw.map { [$0] } ?? [])
    let weights = outputs.indices.map {
      spread(outputs[$0].count, seed: 40 + UInt64($0)).map { Double($0) }
    }
    for (tensor, weight) in zip(outputs, weights) {
      tape.addSeed(tape.copy(weight, tensor.shape).data, to: tensor)
    }
    tape.runBackward()
    let slopes = gradient.values
    func scalar(_ values: [Double]) -> Double {
      let tape = Tape(.float64)
      let parameters = tensors(tape, values)
      let result = output(
        network, tape, values: parameters.values, transposes: parameters.transposes, gradients: nil)
      let all = result.drift.values + (result.raw?.values ?? [])
      return zip(all, weights.joined()).reduce(0) { $0 + $1.0 * $1.1 }
    }
    for entry in set.entries {
      let first = entry.parameter.offset
      for direction in directions(entry.parameter.shape.count, seed: 1) {
        let slope = direction.indices.reduce(0) { $0 + direction[$1] * slopes[first + $1] }
        let difference = centralDifference { h in
          var moved = values
          for i in direction.indices { moved[first + i] += h * direction[i] }
          return scalar(moved)
        }
        expect(slope, equals: difference, within: .scaled(1e-6), entry.name)
      }
    }
  }

  /// Time encoding 64 + 128·64 + 64 + 64·64 + 64 = 12,480; state (d + 1) 64; two hidden layers of
  /// 64·64 + 64; output 65 · 2d; scale of the score 64 + 8256 + 2 · 4160 + 65 = 16,705.
  @Test("has as many parameters as published", arguments: [(2, 21_252), (32, 27_072)])
  func parameterCounts(_ dimension: Int, _ count: Int) {
    for usesScore in [false, true] {
      let set = ParameterSet()
      _ = NetworkCase(
        testDescription: "", layers: 2, dimension: dimension, usesScore: usesScore
      ).network(width: 64, in: set)
      #expect(set.count == count + (usesScore ? 16_705 : 0))
    }
  }

  @Test("begins with a hundredth of the score as its drift and no change of variance")
  func start() {
    let set = ParameterSet()
    let network = NetworkCase(testDescription: "").network(width: 16, in: set)
    set.initialize(seed: 3)
    let tape = Tape(.float32)
    let x = (0..<set.count).map { Double(set.values[$0]) }
    let parameters = tape.copy(x, Shape(set.count))
    let result = output(network, tape, values: parameters, transposes: parameters, gradients: nil)
    expect(
      result.drift.values, equals: spread(steps * rows * 2, seed: 32).map { 0.01 * Double($0) },
      within: .ulps(1))
    #expect(result.raw?.values.allSatisfy { $0 == 0 } == true)
  }
}
