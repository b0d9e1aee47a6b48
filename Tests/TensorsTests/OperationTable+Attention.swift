import Kernels
import Tensors
import TestSupport

extension Operation {
  /// Softmax, normalisation, attention and what goes with them.
  static let attention =
    probabilities + normalizations + attentions + [
      Operation(
        testDescription: "rotated", shapes: { [Shape(2, $0, 12)] },
        apply: { tape, x in
          let shape = Shape(x[0].shape[1], 3)
          let angles = tape.copy(spread(shape.count, seed: 4).map { Double($0) }, shape)
          let turned = tape.rotated(
            x[0], cosines: tape.apply(.cosine, angles), sines: tape.apply(.sine, angles))
          return tape.apply(.sine, turned)
        }),
      Operation(
        testDescription: "dropout", shapes: { [Shape($0, 7)] },
        apply: { tape, x in
          tape.dropout(
            tape.apply(.sine, x[0]), probability: 0.3, random: RandomStream(seed: 5), layer: 2,
            firstRow: 9)
        }),
    ]

  private static let probabilities = [
    Operation(
      testDescription: "softmax", shapes: { [Shape(3, $0)] },
      apply: { tape, x in tape.softmax(x[0], scale: 0.8) }),
    Operation(
      testDescription: "softmax whose input is used twice", shapes: { [Shape($0, 4)] },
      apply: { tape, x in tape.multiply(tape.softmax(x[0]), tape.apply(.sine, x[0])) }),
    Operation(
      testDescription: "causal softmax", shapes: { [Shape(2, $0, $0)] },
      apply: { tape, x in tape.softmax(x[0], scale: -1.3, mask: .causal) }),
    Operation(
      testDescription: "masked softmax with empty rows", shapes: { [Shape(2, 4, $0)] },
      apply: { tape, x in
        tape.softmax(
          x[0], mask: .kept(everyOther(tape, Shape(4, x[0].shape[2]), emptyRow: 2)))
      }),
    Operation(
      testDescription: "logSoftmax", shapes: { [Shape(3, $0)] },
      apply: { tape, x in tape.logSoftmax(x[0]) }),
    Operation(
      testDescription: "masked logSoftmax", shapes: { [Shape($0, 5)] },
      apply: { tape, x in
        let mask = ScoreMask(
          skipsOwnPlace: true, kept: everyOther(tape, Shape(5), emptyRow: -1))
        return tape.multiply(tape.logSoftmax(x[0], mask: mask), x[0])
      }),
  ]

  private static let normalizations = [
    Operation(
      testDescription: "layerNormalization", shapes: { [Shape(2, $0, 7), Shape(7), Shape(7)] },
      apply: { tape, x in tape.layerNormalization(x[0], gain: x[1], bias: x[2]) }),
    Operation(
      testDescription: "layerNormalization of many columns, added to its input",
      shapes: { [Shape(2, $0), Shape($0)] },
      apply: { tape, x in
        tape.add(
          x[0], tape.layerNormalization(tape.apply(.sine, x[0]), gain: x[1], epsilon: 0.1))
      }),
    Operation(
      testDescription: "layerNormalization without gain and bias", shapes: { [Shape($0, 5)] },
      apply: { tape, x in tape.layerNormalization(x[0]) }),
    Operation(
      testDescription: "rootMeanSquareNormalization", shapes: { [Shape($0, 5), Shape(5)] },
      apply: { tape, x in tape.rootMeanSquareNormalization(x[0], gain: x[1]) }),
  ]

  private static let attentions = [
    Operation(
      testDescription: "attention inside one projection", shapes: { [Shape(2, $0, 12)] },
      apply: { tape, x in
        tape.attention(
          Heads(x[0], width: 2), Heads(x[0], firstColumn: 4, width: 2),
          Heads(x[0], firstColumn: 8, width: 2), count: 2)
      }),
    Operation(
      testDescription: "causal attention that also skips places", shapes: { [Shape(1, $0, 9)] },
      apply: { tape, x in
        let mask = ScoreMask(
          isCausal: true, kept: everyOther(tape, Shape(1, 1, x[0].shape[1]), emptyRow: -1))
        return tape.attention(
          Heads(x[0], width: 3), Heads(x[0], firstColumn: 3, width: 3),
          Heads(x[0], firstColumn: 6, width: 3), count: 1, mask: mask, scale: 1)
      }),
    Operation(
      testDescription: "symmetric attention past the own place", shapes: { [Shape(2, $0, 6)] },
      apply: { tape, x in
        let (similar, values) = (Heads(x[0], width: 2), Heads(x[0], firstColumn: 4, width: 1))
        return tape.attention(similar, similar, values, count: 2, mask: .skippingOwnPlace)
      }),
    Operation(
      testDescription: "attention whose queries are its values", shapes: { [Shape(2, $0, 8)] },
      apply: { tape, x in
        let both = Heads(x[0], width: 2)
        return tape.attention(both, Heads(x[0], firstColumn: 4, width: 2), both, count: 2)
      }),
    Operation(
      testDescription: "attention to a longer memory, a mask for each sequence",
      shapes: { [Shape(2, 3, 4), Shape(2, $0, 10)] },
      apply: { tape, x in
        let places = x[1].shape[1]
        return tape.attention(
          Heads(x[0], width: 2), Heads(x[1], width: 2),
          Heads(x[1], firstColumn: 4, width: 3), count: 2,
          mask: .kept(everyOther(tape, Shape(2, 3, places), emptyRow: 4)))
      }),
    Operation(
      testDescription: "attention of one query to the first places",
      shapes: { [Shape(2, 1, 4), Shape(2, $0 + 2, 4), Shape(2, $0 + 2, 4)] },
      apply: { tape, x in
        let length = x[1].shape[1] - 1
        return tape.attention(
          Heads(x[0], width: 2), Heads(x[1], width: 2, length: length),
          Heads(x[2], width: 2, length: length), count: 2, mask: .causal)
      }),
  ]

  /// Ones and zeros; one row keeps nothing.
  private static func everyOther(_ tape: Tape, _ shape: Shape, emptyRow: Int) -> Tensor {
    let columns = max(1, shape.columns)
    return tape.copy(
      (0..<shape.count).map { $0 / columns == emptyRow || $0 % 3 == 1 ? 0 : 1 }, shape)
  }
}
