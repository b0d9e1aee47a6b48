import Foundation
import Networks
import Tensors
import TestSupport
import Testing

/// The network as its formula says, one edge after the other, in Double.
private struct SlowEGNN {
  let values: [Double]
  let set: ParameterSet
  let (particles, width, layers): (Int, Int, Int)

  private func matrix(_ name: String) -> [[Double]] {
    guard let entry = set.entries.first(where: { $0.name == "egnn." + name }) else { return [] }
    let shape = entry.parameter.shape
    let (rows, columns) = shape.rank == 2 ? (shape[0], shape[1]) : (1, shape[0])
    return (0..<rows).map { row in
      let first = entry.parameter.offset + row * columns
      return Array(values[first..<first + columns])
    }
  }

  private func product(_ x: [Double], _ matrix: [[Double]]) -> [Double] {
    matrix[0].indices.map { j in x.indices.reduce(0) { $0 + x[$1] * matrix[$1][j] } }
  }

  private func linear(_ name: String, _ x: [Double]) -> [Double] {
    sum(product(x, matrix(name + ".weight")), matrix(name + ".bias")[0])
  }

  private func sum(_ x: [Double], _ y: [Double]) -> [Double] { zip(x, y).map { $0 + $1 } }
  private func dot(_ x: [Double], _ y: [Double]) -> Double {
    zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
  }
  private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
  private func silu(_ x: [Double]) -> [Double] { x.map { $0 * sigmoid($0) } }
  private func square(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }

  /// The field of one row.
  func callAsFunction(_ row: [Double], at time: Double) -> [Double] {
    let start = (0..<particles).map { Array(row[3 * $0..<3 * $0 + 3]) }
    var (x, h) = (start, [[Double]](repeating: linear("embedding", [time]), count: particles))
    for layer in 0..<layers {
      let name = "layers.\(layer)"
      var (moved, received) = (
        x, [[Double]](repeating: [Double](repeating: 0, count: width), count: particles)
      )
      for i in 0..<particles {
        for j in 0..<particles where j != i {
          let m = message(name, h[i], h[j], square(x[i], x[j]), square(start[i], start[j]))
          let hidden = silu(linear(name + ".move.first", m))
          let reach = tanh(dot(hidden, matrix(name + ".move.weight")[0])) * 15 / Double(layers)
          let length = (square(x[i], x[j]) + 1e-8).squareRoot() + 1
          for k in 0..<3 { moved[i][k] += (x[i][k] - x[j][k]) / length * reach }
          received[i] = sum(received[i], m)
        }
      }
      for i in 0..<particles {
        let hidden = silu(linear(name + ".node.first", h[i] + received[i]))
        h[i] = sum(h[i], linear(name + ".node.second", hidden))
      }
      x = moved
    }
    let moves = (0..<particles).map { i in (0..<3).map { x[i][$0] - start[i][$0] } }
    let mean = (0..<3).map { k in moves.reduce(0) { $0 + $1[k] } / Double(particles) }
    return moves.flatMap { move in (0..<3).map { move[$0] - mean[$0] } }
  }

  private func message(
    _ name: String, _ receiver: [Double], _ sender: [Double], _ distance: Double,
    _ attribute: Double
  ) -> [Double] {
    let nodes = matrix(name + ".edge.nodes")
    let features = matrix(name + ".edge.features")
    let own = product(receiver, nodes.map { Array($0[..<width]) })
    let other = product(sender, nodes.map { Array($0[width...]) })
    let edge = (0..<width).map { k in
      distance * features[0][k] + attribute * features[1][k] + features[2][k]
    }
    let m = silu(linear(name + ".edge.second", silu(sum(sum(own, other), edge))))
    let gate = sigmoid(
      dot(m, matrix(name + ".gate.weight")[0]) + matrix(name + ".gate.bias")[0][0])
    return m.map { $0 * gate }
  }
}

@Suite("An equivariant graph network, by its formula")
struct EGNNDefinitionTests {
  @Test("is what the formula says", arguments: [1, 2, 3])
  func formula(_ layers: Int) {
    let set = ParameterSet()
    let network = EGNN(
      "egnn", particles: 4, spaceDimension: 3, width: 6, layers: layers, in: set)
    let values = spread(set.count, seed: 5, scale: 0.7).map { Double($0) }
    let slow = SlowEGNN(values: values, set: set, particles: 4, width: 6, layers: layers)
    let (x, times) = (Input(Shape(2, 12), seed: 1, scale: 1.5).values, [0.3, 0.9])
    let tape = Tape(.float64)
    let shape = Shape(set.count)
    let context = Context(
      tape: tape,
      parameters: ParameterBinding(
        values: tape.copy(values, shape).data,
        transposes: tape.copy(transposes(of: values, in: set), shape).data, gradients: nil))
    let field = withExtendedLifetime(tape) {
      network(tape.copy(x, Shape(2, 12)), at: tape.copy(times, Shape(2, 1)), context).values
    }
    let truth = (0..<2).flatMap { slow(Array(x[12 * $0..<12 * $0 + 12]), at: times[$0]) }
    expect(field, equals: truth, within: .scaled(1e-10))
    #expect(field.contains { $0.magnitude > 0.1 })
  }
}
