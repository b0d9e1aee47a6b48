import KernelTables
import Kernels
import Tensors
import TestSupport
import Testing

/// An operation of the tape with inputs of one size.
struct Operation: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// How far differences reach: a little where the derivative jumps.
  var step = 1e-3
  /// Whether it is recorded even where no input varies, as parameters inside it may.
  var recordsConstants = false
  /// The shapes of the variables at a size.
  let shapes: @Sendable (Int) -> [Shape]
  /// Added to the variables' elements, which lie within ±1.5: keeps them where a function is smooth.
  var shift = 0.0
  let apply: @Sendable (Tape, [Tensor]) -> Tensor

  func inputs(_ size: Int) -> [Input] {
    shapes(size).enumerated().map { Input($1, seed: UInt64($0), scale: 1.5, shift: shift) }
  }

  static let all =
    pathOperations + arithmetic + functions + movements + reductions + products
    + blocks + attention + images
}

extension Operation {
  /// What samplers were built with.
  private static let pathOperations = [
    Operation(
      testDescription: "linear", shapes: { [Shape($0, 5), Shape(5, 3), Shape(3)] },
      apply: { linear($0, $1) }),
    Operation(
      testDescription: "linear and a function", shapes: { [Shape($0, 5), Shape(5, 3), Shape(3)] },
      apply: { tape, x in
        tape.linear(
          x[0], weight: x[1], bias: x[2], transpose: tape.transposed(x[1]).data, then: .silu)
      }),
    Operation(
      testDescription: "linear and a function, twice on the same input",
      shapes: { [Shape(3, $0), Shape($0, $0)] },
      apply: { tape, x in
        let t = tape.transposed(x[1]).data
        let y = tape.linear(x[0], weight: x[1], bias: nil, transpose: t, then: .gelu)
        let z = tape.linear(y, weight: x[1], bias: nil, transpose: t, then: .hyperbolicTangent)
        return tape.add(z, y)
      }),
    Operation(
      testDescription: "linear of many columns",
      shapes: { [Shape(3, $0), Shape($0, $0), Shape($0)] },
      apply: { linear($0, $1) }),
    Operation(
      testDescription: "linear of three axes without bias",
      shapes: { [Shape(2, $0, 3), Shape(3, 2)] },
      apply: { tape, x in
        tape.linear(x[0], weight: x[1], bias: nil, transpose: tape.transposed(x[1]).data)
      }),
    Operation(
      testDescription: "linear whose input is used twice",
      shapes: { [Shape($0, 5), Shape(5, 5), Shape(5)] },
      apply: { tape, x in
        let y = linear(tape, x)
        return tape.linear(y, weight: x[1], bias: x[2], transpose: tape.transposed(x[1]).data)
      }),
    Operation(
      testDescription: "gelu of gelu, added to itself", shapes: { [Shape(2 * $0, 1)] },
      apply: { tape, x in
        let y = tape.gelu(x[0])
        return tape.addRows(tape.gelu(y), y)
      }),
    Operation(
      testDescription: "addRows", shapes: { [Shape(3 * $0, 5), Shape($0, 5)] },
      apply: { tape, x in tape.addRows(x[0], x[1]) }),
    Operation(
      testDescription: "addScaledRows by one column", shapes: { [Shape(2 * $0, 3), Shape($0, 1)] },
      apply: { scaled($0, $1) }),
    Operation(
      testDescription: "addScaledRows by each column",
      shapes: { [Shape(2 * $0, 3), Shape($0, 3)] },
      apply: { scaled($0, $1) }),
    Operation(
      testDescription: "fourier", shapes: { [Shape($0)] },
      apply: { tape, x in
        let times = tape.copy([0, 0.3, 0.99], Shape(3, 1))
        let frequencies = tape.copy((0..<x[0].count).map { 0.1 + 2 * Double($0) }, x[0].shape)
        return tape.fourier(times, frequencies: frequencies, phases: x[0])
      }),
  ]

  private static func linear(_ tape: Tape, _ x: [Tensor]) -> Tensor {
    tape.linear(x[0], weight: x[1], bias: x[2], transpose: tape.transposed(x[1]).data)
  }

  private static func scaled(_ tape: Tape, _ x: [Tensor]) -> Tensor {
    let z = tape.copy(spread(x[0].count, seed: 8).map { Double($0) }, x[0].shape)
    return tape.addScaledRows(x[0], scale: x[1], z)
  }

  /// Pairs of shapes that meet in every way: equal, one repeated along rows, columns, both, between.
  private static let arithmetic: [Operation] =
    binary("add", { $0.add($1, $2) }) + binary("subtract", { $0.subtract($1, $2) })
    + binary("multiply", { $0.multiply($1, $2) })
    + binary("divide", shift: 3, { $0.divide($1, $2) })
    + binary("maximum", step: 1e-6, { $0.maximum($1, $2) })
    + binary("minimum", step: 1e-6, { $0.minimum($1, $2) })
    + binary("select", step: 1e-6, { $0.select(where: $0.less($1, $0.constant(0.2)), $1, $2) }) + [
      Operation(
        testDescription: "a tensor times itself", shapes: { [Shape($0, 2)] },
        apply: { tape, x in tape.multiply(x[0], x[0]) }),
      Operation(
        testDescription: "affine", shapes: { [Shape($0, 2)] },
        apply: { tape, x in tape.add(tape.affine(x[0], scale: -2.5, shift: 0.5), x[0]) }),
    ]

  private static func binary(
    _ name: String, step: Double = 1e-3, shift: Double = 0,
    _ apply: @escaping @Sendable (Tape, Tensor, Tensor) -> Tensor
  ) -> [Operation] {
    let meetings: [(String, @Sendable (Int) -> (Shape, Shape))] = [
      ("equal shapes", { (Shape($0, 3), Shape($0, 3)) }),
      ("a repeated row", { (Shape($0, 3), Shape(3)) }),
      ("a repeated column", { (Shape(1, $0), Shape(3, 1)) }),
      ("a number", { (Shape(), Shape($0)) }),
      ("crossed axes", { (Shape(2, 1, $0, 1), Shape(3, 1, 2)) }),
    ]
    return meetings.map { meeting, shapes in
      Operation(
        testDescription: "\(name), \(meeting)", step: step,
        shapes: { size in
          let (a, b) = shapes(size)
          return [a, b]
        }, shift: shift, apply: { tape, x in apply(tape, x[0], x[1]) })
    }
  }

  private static let functions = ElementwiseFunction.allCases.map { function in
    let isOnPositives = [.logarithm, .squareRoot, .reciprocal].contains(function)
    let jumps = [.relu, .elu, .absoluteValue].contains(function)
    return Operation(
      testDescription: function.rawValue, step: jumps ? 1e-6 : 1e-3, shapes: { [Shape($0, 3)] },
      shift: isOnPositives ? 3 : 0,
      apply: { tape, x in tape.apply(function, x[0]) })
  }

  private static let movements = [
    Operation(
      testDescription: "reshape", shapes: { [Shape($0, 6)] },
      apply: { tape, x in
        let y = tape.reshape(x[0], Shape(x[0].shape[0], 2, 3))
        return tape.multiply(y, tape.reshape(tape.gelu(x[0]), y.shape))
      }),
    Operation(
      testDescription: "entries", shapes: { [Shape(5, $0)] },
      apply: { tape, x in tape.multiply(tape.entries(x[0], 1..<4), tape.entries(x[0], 2..<5)) }),
    Operation(
      testDescription: "slice", shapes: { [Shape($0, 7, 2)] },
      apply: { tape, x in
        tape.multiply(
          tape.slice(x[0], 2..<6, axis: 1), tape.slice(x[0], 0..<4, axis: -2))
      }),
    Operation(
      testDescription: "split", shapes: { [Shape($0, 5)] },
      apply: { tape, x in
        let parts = tape.split(x[0], sizes: [2, 1, 2])
        return tape.multiply(tape.multiply(parts[0], parts[1]), parts[2])
      }),
    Operation(
      testDescription: "concatenate", shapes: { [Shape(2, $0), Shape(2, 1), Shape(2, $0)] },
      apply: { tape, x in
        let parts = [x[0], tape.gelu(x[1]), tape.apply(.square, x[0]), x[2]]
        return tape.apply(.sine, tape.concatenate(parts))
      }),
    Operation(
      testDescription: "waves", shapes: { [Shape(2, $0)] }, apply: { $0.waves($1[0]) }),
    Operation(
      testDescription: "concatenate along the first axis", shapes: { [Shape($0, 2), Shape(1, 2)] },
      apply: { tape, x in tape.apply(.sine, tape.concatenate(x, axis: 0)) }),
    Operation(
      testDescription: "permute", shapes: { [Shape(2, $0, 3)] },
      apply: { tape, x in
        tape.add(tape.permute(x[0], 2, 0, 1), tape.permute(tape.gelu(x[0]), 2, 0, 1))
      }),
    Operation(
      testDescription: "transpose", shapes: { [Shape(2, 3, $0)] },
      apply: { tape, x in tape.apply(.sine, tape.transpose(x[0])) }),
    Operation(
      testDescription: "gather", shapes: { [Shape(4, $0)] },
      apply: { tape, x in tape.apply(.sine, tape.gather(x[0], tape.indices([3, 0, 3, 1, 3]))) }),
    Operation(
      testDescription: "scatterAdd", shapes: { [Shape(5, $0)] },
      apply: { tape, x in
        tape.apply(.sine, tape.scatterAdd(x[0], tape.indices([3, 0, 3, 1, 3]), entries: 5))
      }),
    Operation(
      testDescription: "cumulativeSum", shapes: { [Shape(2, $0, 2)] },
      apply: { tape, x in tape.apply(.sine, tape.cumulativeSum(x[0], axis: 1)) }),
    Operation(
      testDescription: "a masked triangle", shapes: { [Shape($0, 3)] },
      apply: { tape, x in
        tape.multiply(tape.lowerTriangle(rows: x[0].shape[0], columns: 3, diagonal: 1), x[0])
      }),
    Operation(
      testDescription: "checkpoint", recordsConstants: true, shapes: { [Shape($0, 3)] },
      apply: { tape, x in
        let y = tape.checkpoint(tape.gelu(x[0])) { $0.multiply($0.gelu($1), $1) }
        return tape.add(tape.checkpoint(y) { $0.apply(.sine, $1) }, y)
      }),
    Operation(
      testDescription: "recomputing", recordsConstants: true,
      shapes: { [Shape($0, 3), Shape($0)] },
      apply: { tape, x in
        let weight = tape.constant([1, -1, 0.5, 2, 0, -1.5, 1, 1, 0.5], Shape(3, 3))
        let layers = SquaredLayers(
          x: tape.gelu(x[0]), weight: weight, transpose: tape.transposed(weight), y: x[1])
        return tape.add(layers.recomputed(on: tape), x[0])
      }),
  ]

  private static let reductions = [
    Operation(
      testDescription: "sum of all", shapes: { [Shape($0, 3)] },
      apply: { tape, x in tape.sum(tape.apply(.square, x[0])) }),
    Operation(
      testDescription: "sum over rows", shapes: { [Shape($0, 3)] },
      apply: { tape, x in tape.apply(.sine, tape.sum(x[0], over: [0])) }),
    Operation(
      testDescription: "sum over columns", shapes: { [Shape(3, $0)] },
      apply: { tape, x in tape.apply(.sine, tape.sum(x[0], over: [-1])) }),
    Operation(
      testDescription: "sum over the axis between", shapes: { [Shape(2, $0, 3)] },
      apply: { tape, x in tape.apply(.sine, tape.sum(x[0], over: [1], keeping: true)) }),
    Operation(
      testDescription: "sum over outer and inner axis", shapes: { [Shape(2, $0, 3)] },
      apply: { tape, x in tape.apply(.sine, tape.sum(x[0], over: [0, 2])) }),
    Operation(
      testDescription: "mean", shapes: { [Shape($0 + 1, 3)] },
      apply: { tape, x in tape.apply(.sine, tape.mean(x[0], over: [0])) }),
    Operation(
      testDescription: "unbiased variance", shapes: { [Shape($0 + 2, 3)] },
      apply: { tape, x in tape.apply(.sine, tape.variance(x[0], over: [0])) }),
    Operation(
      testDescription: "logSumExp", shapes: { [Shape(2, $0 + 1, 3)] },
      apply: { tape, x in tape.logSumExp(x[0], over: 1) }),
    Operation(
      testDescription: "maximum over an axis", step: 1e-6, shapes: { [Shape(2, $0 + 1, 3)] },
      apply: { tape, x in tape.apply(.sine, tape.maximum(of: x[0], over: 1)) }),
  ]

  private static let products = [
    Operation(
      testDescription: "product", shapes: { [Shape($0, 3), Shape(3, 2)] },
      apply: { tape, x in tape.product(x[0], x[1]) }),
    Operation(
      testDescription: "product with a transpose", shapes: { [Shape(3, $0), Shape(2, $0)] },
      apply: { tape, x in tape.product(x[0], x[1], transposingB: true) }),
    Operation(
      testDescription: "batched product", shapes: { [Shape(2, 3, $0, 2), Shape(2, 3, 2, 4)] },
      apply: { tape, x in tape.product(x[0], x[1]) }),
    Operation(
      testDescription: "batched product with a transpose",
      shapes: { [Shape(2, $0, 3), Shape(2, 4, 3)] },
      apply: { tape, x in tape.product(x[0], x[1], transposingB: true) }),
    Operation(
      testDescription: "product of a batch with one matrix",
      shapes: { [Shape(2, $0, 3), Shape(3, 4)] },
      apply: { tape, x in tape.product(x[0], x[1]) }),
    Operation(
      testDescription: "product of one matrix with a batch",
      shapes: { [Shape($0, 3), Shape(2, 3, 4)] },
      apply: { tape, x in tape.product(x[0], x[1]) }),
    Operation(
      testDescription: "a matrix times itself", shapes: { [Shape($0, $0)] },
      apply: { tape, x in tape.product(x[0], x[0]) }),
  ]
}
