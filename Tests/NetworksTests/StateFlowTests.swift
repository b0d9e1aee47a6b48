import Tensors
import TestSupport
import Testing

@testable import Networks

@Suite("A state flow")
struct StateFlowTests {
  func flow(width: Int, layers: Int, dimension: Int, in set: ParameterSet) -> StateFlow {
    var sizes = PathNetworkConfig()
    (sizes.width, sizes.layers) = (width, layers)
    return StateFlow(sizes, dimension: dimension, in: set)
  }

  /// f at three steps of five rows, for parameters in 64-bit floats.
  func output(
    _ flow: StateFlow, _ set: ParameterSet, _ tape: Tape, _ values: [Double],
    gradients: UnsafeMutableRawPointer?
  ) -> Tensor {
    let parameters = tape.copy(values, Shape(values.count))
    let transposes = tape.copy(values, Shape(values.count))
    for entry in set.entries where entry.parameter.shape.rank == 2 {
      let offset = 8 * entry.parameter.offset
      let matrix = tape.constant(at: parameters.data + offset, entry.parameter.shape)
      let transposed = tape.transposed(matrix)
      (transposes.data + offset).copyMemory(from: transposed.data, byteCount: 8 * matrix.count)
    }
    let context = Context(
      tape: tape,
      parameters: ParameterBinding(
        values: parameters.data, transposes: transposes.data, gradients: gradients))
    let times = flow.encode(tape.copy([0, 0.1, 0.2], Shape(3, 1)), context)
    let x = tape.copy(spread(15 * 2, seed: 8).map { Double($0) }, Shape(15, 2))
    return flow(x, at: times, context)
  }

  @Test("has the gradient of its differences by every parameter", arguments: [0, 2])
  func gradient(_ layers: Int) {
    let set = ParameterSet()
    let flow = flow(width: 5, layers: layers, dimension: 2, in: set)
    set.initialize(seed: 1)
    let values = (0..<set.count).map { Double(set.values[$0]) }
    let weights = spread(15, seed: 9).map { Double($0) }
    let tape = Tape(.float64)
    let gradient = tape.copy(values.map { _ in 0 }, Shape(set.count))
    let f = output(flow, set, tape, values, gradients: gradient.data)
    tape.backward(from: f, seed: tape.copy(weights, f.shape).data)
    let slopes = gradient.values
    for entry in set.entries {
      let first = entry.parameter.offset
      for direction in directions(entry.parameter.shape.count, seed: 1) {
        let slope = direction.indices.reduce(0) { $0 + direction[$1] * slopes[first + $1] }
        let difference = centralDifference { h in
          var moved = values
          for i in direction.indices { moved[first + i] += h * direction[i] }
          let tape = Tape(.float64)
          return withExtendedLifetime(tape) {
            let f = output(flow, set, tape, moved, gradients: nil)
            return zip(f.values, weights).reduce(0) { $0 + $1.0 * $1.1 }
          }
        }
        expect(slope, equals: difference, within: .scaled(1e-6), entry.name)
      }
    }
  }

  /// Time encoding 64 + 128·64 + 64 + 64·64 + 64 = 12,480; state (d + 1) 64; two hidden layers of
  /// 64·64 + 64; output 65.
  @Test("has as many parameters as its layers, all of its own group")
  func parameters() {
    let set = ParameterSet()
    _ = flow(width: 64, layers: 2, dimension: 10, in: set)
    #expect(set.count == 12_480 + 11 * 64 + 2 * 4160 + 65)
    #expect(set.entries.allSatisfy { $0.group == .flow && $0.name.hasPrefix("flow.") })
  }
}
