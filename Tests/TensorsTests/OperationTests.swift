import KernelTables
import Kernels
import Tensors
import TestSupport
import Testing

/// An operation of the tape with inputs of one size; its name is that of the method.
struct Operation: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// The shapes of the variables at a size.
  let shapes: @Sendable (Int) -> [Shape]
  let apply: @Sendable (Tape, [Tensor]) -> Tensor

  static let all = [
    Operation(
      testDescription: "linear", shapes: { [Shape($0, 5), Shape(5, 3), Shape(3)] },
      apply: { linear($0, $1) }),
    Operation(
      testDescription: "linear of many columns",
      shapes: { [Shape(3, $0), Shape($0, $0), Shape($0)] },
      apply: { linear($0, $1) }),
    Operation(
      testDescription: "linear whose input is used twice",
      shapes: { [Shape($0, 5), Shape(5, 5), Shape(5)] },
      apply: { tape, x in
        let y = linear(tape, x)
        return tape.linear(y, weight: x[1], bias: x[2], transpose: tape.transposed(x[1]).data)
      }),
    Operation(
      testDescription: "gelu", shapes: { [Shape($0, 3)] }, apply: { tape, x in tape.gelu(x[0]) }),
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
      testDescription: "columns", shapes: { [Shape($0, 7)] },
      apply: { tape, x in
        let y = tape.columns(x[0], from: 2, count: 4)
        return tape.addRows(y, tape.columns(x[0], from: 0, count: 4))
      }),
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

  func inputs(_ size: Int) -> [Input] {
    shapes(size).enumerated().map { Input($1, seed: UInt64($0), scale: 1.5) }
  }
}

@Suite("Every operation of a tape")
struct OperationTests {
  @Test("has the gradient of its differences", arguments: Operation.all, [0, 1, 3, 5, 17, 64])
  func gradient(_ operation: Operation, _ size: Int) {
    expectGradient(of: operation.apply, at: operation.inputs(size))
  }

  @Test(
    "gives the same in 32 and 64 bits, values and gradients", arguments: Operation.all, [1, 17, 64])
  func scalarTypes(_ operation: Operation, _ size: Int) {
    func results(_ type: ScalarType) -> [[Double]] {
      let tape = Tape(type)
      let inputs = operation.inputs(size)
      let gradients = inputs.map { tape.copy($0.values.map { _ in 0 }, $0.shape) }
      let variables = zip(inputs, gradients).map {
        tape.variable(tape.copy($0.values, $0.shape).data, $0.shape, gradient: $1.data)
      }
      let output = operation.apply(tape, variables)
      let seed = tape.copy(spread(output.count, seed: 3).map { Double($0) }, output.shape)
      tape.backward(from: output, seed: seed.data)
      return [output.values] + gradients.map(\.values)
    }
    for (float, double) in zip(results(.float32), results(.float64)) {
      expect(float, equals: double, within: .scaled(1e-5))
    }
  }

  @Test("records nothing where nothing varies", arguments: Operation.all)
  func constants(_ operation: Operation) {
    for isRecording in [true, false] {
      let tape = Tape(.float32)
      tape.isRecording = isRecording
      let inputs = operation.inputs(5).map { tape.copy($0.values, $0.shape) }
      #expect(!operation.apply(tape, inputs).isVariable)
    }
  }

  @Test("takes its memory from what the first pass left", arguments: Operation.all)
  func reuse(_ operation: Operation) {
    let tape = Tape(.float32)
    func pass() -> [Int] {
      tape.reset()
      let begin = tape.allocate(Shape(1)).data
      expectNoNaN(operation, tape)
      return [Int(bitPattern: begin), tape.arena.capacity]
    }
    let first = pass()
    #expect((0..<3).allSatisfy { _ in pass() == first })
  }

  private func expectNoNaN(_ operation: Operation, _ tape: Tape) {
    let inputs = operation.inputs(64)
    let output = operation.apply(
      tape,
      inputs.map {
        tape.variable(
          tape.copy($0.values, $0.shape).data, $0.shape,
          gradient: tape.copy($0.values.map { _ in 0 }, $0.shape).data)
      })
    tape.backward(from: output, seed: tape.allocate(output.shape).data)
    #expect(!output.values.contains { $0.isNaN })
  }
}

@Suite("The check of gradients")
struct GradientCheckTests {
  @Test("fails an operation that forgets a part of its gradient")
  func broken() {
    withKnownIssue {
      expectGradient(
        of: { tape, x in tape.addRows(x[0], tape.copy(tape.gelu(x[0]).values, x[0].shape)) },
        at: [Input(Shape(3, 5), seed: 1)])
    }
  }
}
