import KernelTables
import Kernels
import Tensors
import TestSupport
import Testing

@Suite("Every operation of a tape")
struct OperationTests {
  @Test(
    "has the derivatives of its differences, forwards, backwards and twice",
    arguments: Operation.all, [0, 1, 3, 5, 17])
  func gradient(_ operation: Operation, _ size: Int) {
    expectGradient(of: operation.apply, at: operation.inputs(size), step: operation.step)
  }

  @Test("has the gradient of its differences at size", arguments: Operation.all, [64, 257])
  func largeGradient(_ operation: Operation, _ size: Int) {
    let isSquare = operation.shapes(size).contains { $0.count > 20_000 }
    expectGradient(
      of: operation.apply, at: operation.inputs(isSquare ? 64 : size), order: 1,
      step: operation.step)
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

  @Test(
    "records nothing where nothing varies", arguments: Operation.all.filter { !$0.recordsConstants }
  )
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
