import TestSupport
import Tensors
import Testing

@Suite("A linear layer with its function")
struct ActivatedLinearTests {
  @Test(
    "has the bits of one after the other, values and gradients, weights in the cache or not",
    arguments: [0, 1, 59, 60, 61, 240, 481], [5, 200])
  func bits(_ rows: Int, _ width: Int) {
    let fused = results(rows, width) { tape, x, weight, bias, transpose in
      tape.linear(x, weight: weight, bias: bias, transpose: transpose, then: .silu)
    }
    let apart = results(rows, width) { tape, x, weight, bias, transpose in
      tape.apply(.silu, tape.linear(x, weight: weight, bias: bias, transpose: transpose))
    }
    #expect(fused == apart)
  }

  @Test("has the same values where nothing is recorded", arguments: [0, 1, 61, 257])
  func unrecorded(_ rows: Int) {
    let tape = Tape(.float32)
    let tensors = [Shape(rows, 5), Shape(5, 5), Shape(5)].enumerated().map { index, shape in
      tape.copy(spread(shape.count, seed: UInt64(index)).map { Double($0) }, shape)
    }
    let transpose = tape.transpose(tensors[1]).data
    let values = { (x: Tensor) in
      tape.linear(x, weight: tensors[1], bias: tensors[2], transpose: transpose, then: .gelu).values
    }
    #expect(values(tensors[0]) == values(tape.variable(tensors[0])))
  }

  private typealias Layer = (Tape, Tensor, Tensor, Tensor, UnsafeRawPointer) -> Tensor

  /// The output of a layer, and the gradients by input, weight and bias.
  private func results(_ rows: Int, _ width: Int, _ layer: Layer) -> [[Double]] {
    let tape = Tape(.float32)
    let shapes = [Shape(rows, width), Shape(width, width), Shape(width)]
    let inputs = shapes.enumerated().map { index, shape in
      let values = spread(shape.count, seed: UInt64(index), scale: 0.5)
      return tape.variable(tape.copy(values.map { Double($0) }, shape))
    }
    let transpose = tape.transpose(inputs[1].detached)
    let y = layer(tape, inputs[0], inputs[1], inputs[2], transpose.data)
    let seed = tape.copy(spread(y.count, seed: 9).map { Double($0) }, y.shape)
    tape.backward(from: y, seed: seed.data)
    return [y.values] + inputs.map { tape.gradientValues(of: $0) }
  }
}
