import Tensors
import TestSupport

extension Operation {
  /// What losses, recurrent cells and graph networks are built of.
  static let blocks = losses + cells + rowProducts + graphs

  private static let losses = [
    Operation(
      testDescription: "crossEntropy of labels", shapes: { [Shape(4, $0 + 3)] },
      apply: { tape, x in
        tape.crossEntropy(x[0], labels: tape.indices([2, 0, -1, 1]))
      }),
    Operation(
      testDescription: "crossEntropy of smoothed labels, used twice", shapes: { [Shape($0, 5)] },
      apply: { tape, x in
        let labels = tape.indices((0..<x[0].shape[0]).map { $0 % 6 - 1 })
        let loss = tape.crossEntropy(x[0], labels: labels, smoothing: 0.3)
        return tape.add(tape.apply(.sine, loss), tape.crossEntropy(x[0], labels: labels))
      }),
    Operation(
      testDescription: "crossEntropy of probabilities", shapes: { [Shape(2, 3, $0 + 1)] },
      apply: { tape, x in
        let targets = spread(x[0].count, seed: 8, scale: 0.5, offset: 0.5).map { Double($0) }
        return tape.crossEntropy(
          x[0], probabilities: tape.copy(targets, x[0].shape), smoothing: 0.1)
      }),
  ]

  private static let cells = [
    Operation(
      testDescription: "lstm", shapes: { [Shape(3, 4 * $0), Shape(3, 2 * $0)] },
      apply: { tape, x in tape.apply(.sine, tape.lstm(gates: x[0], state: x[1])) }),
    Operation(
      testDescription: "lstm of groups that share a state",
      shapes: { [Shape(2, $0, 12), Shape($0, 6)] },
      apply: { tape, x in
        let next = tape.lstm(gates: x[0], state: x[1])
        return tape.add(tape.apply(.sine, next), x[1])
      }),
    Operation(
      testDescription: "gru", shapes: { [Shape(3, 3 * $0), Shape(3, 3 * $0), Shape(3, $0)] },
      apply: { tape, x in
        tape.apply(.sine, tape.gru(input: x[0], hidden: x[1], state: x[2]))
      }),
    Operation(
      testDescription: "gru whose input is its hidden part",
      shapes: { [Shape($0, 9), Shape($0, 3)] },
      apply: { tape, x in tape.gru(input: x[0], hidden: x[0], state: x[1]) }),
  ]

  private static let rowProducts = [
    Operation(
      testDescription: "rowDots", shapes: { [Shape(3, $0), Shape($0), Shape(1)] },
      apply: { tape, x in tape.apply(.sine, tape.rowDots(x[0], x[1], bias: x[2])) }),
    Operation(
      testDescription: "rowDots of many rows", shapes: { [Shape($0, 5), Shape(5)] },
      apply: { tape, x in
        tape.multiply(tape.rowDots(x[0], x[1]), tape.rowDots(tape.gelu(x[0]), x[1]))
      }),
    Operation(
      testDescription: "scaleRows", shapes: { [Shape($0, 5), Shape($0, 1)] },
      apply: { tape, x in
        tape.add(tape.scaleRows(x[0], by: x[1]), tape.apply(.sine, x[0]))
      }),
    Operation(
      testDescription: "scaleRows of many columns", shapes: { [Shape(3, $0), Shape(3)] },
      apply: { tape, x in tape.apply(.sine, tape.scaleRows(x[0], by: x[1])) }),
  ]

  /// Two complete graphs of three nodes.
  private static func pairs(_ tape: Tape) -> Edges { tape.completeEdges(graphs: 2, nodes: 3) }

  /// Neighbours of five nodes, of which the second and the last receive nothing.
  private static func neighbours(_ tape: Tape) -> Edges {
    tape.edges(nodes: 5, receivers: [3, 0, 0, 2, 3], senders: [1, 2, 4, 0, 0])
  }

  /// Their edges of the third and fourth node.
  private static func part(_ tape: Tape) -> Edges { tape.edges(neighbours(tape), of: 2..<4) }

  private static let graphs = [
    Operation(
      testDescription: "edgeSums over a part",
      shapes: { [Shape(5, 2 * $0), Shape(3, 2), Shape(3, $0)] },
      apply: { tape, x in
        tape.apply(
          .sine, tape.edgeSums(x[0], features: x[1], weights: x[2], over: part(tape)))
      }),
    Operation(
      testDescription: "received over a part", shapes: { [Shape(3, $0)] },
      apply: { tape, x in tape.apply(.sine, tape.received(x[0], over: part(tape))) }),
    Operation(
      testDescription: "moveAlongEdges over a part", shapes: { [Shape(5, $0 + 1)] },
      apply: { tape, x in
        let lengths = tape.apply(.sigmoid, tape.squaredDistances(x[0], over: part(tape)))
        return tape.moveAlongEdges(x[0], by: lengths, over: part(tape))
      }),
    Operation(
      testDescription: "edgeSums",
      shapes: { [Shape(6, 2 * $0), Shape(12, 2), Shape(3, $0)] },
      apply: { tape, x in
        tape.apply(
          .sine, tape.edgeSums(x[0], features: x[1], weights: x[2], over: pairs(tape)))
      }),
    Operation(
      testDescription: "edgeSums of many features",
      shapes: { [Shape(5, 6), Shape(5, $0), Shape($0 + 1, 3)] },
      apply: { tape, x in
        tape.edgeSums(x[0], features: x[1], weights: x[2], over: neighbours(tape))
      }),
    Operation(
      testDescription: "received", shapes: { [Shape(5, $0)] },
      apply: { tape, x in
        let sums = tape.received(x[0], over: neighbours(tape))
        return tape.add(
          tape.apply(.sine, sums), tape.received(tape.gelu(x[0]), over: neighbours(tape)))
      }),
    Operation(
      testDescription: "squaredDistances", shapes: { [Shape(5, $0)] },
      apply: { tape, x in
        tape.apply(.sine, tape.scale(tape.squaredDistances(x[0], over: neighbours(tape)), by: 0.1))
      }),
    Operation(
      testDescription: "moveAlongEdges", shapes: { [Shape(6, $0 + 1), Shape(12, 1)] },
      apply: { tape, x in
        tape.apply(.sine, tape.moveAlongEdges(x[0], by: x[1], over: pairs(tape)))
      }),
    Operation(
      testDescription: "moveAlongEdges by distances", shapes: { [Shape(3 * $0, 3)] },
      apply: { tape, x in
        let edges = tape.completeEdges(graphs: x[0].shape[0] / 3, nodes: 3)
        let lengths = tape.apply(.sigmoid, tape.squaredDistances(x[0], over: edges))
        return tape.moveAlongEdges(x[0], by: lengths, over: edges)
      }),
  ]
}
