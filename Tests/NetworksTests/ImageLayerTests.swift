import Kernels
import Networks
import Tensors
import TestSupport
import Testing

@Suite("Layers on images")
struct ImageLayerTests {
  @Test("have the gradients of their differences", arguments: [0, 1, 3, 5])
  func gradients(_ size: Int) {
    let images = [Input(Shape(2, size, 4, 4), seed: 1)]
    expectLayerGradient(at: images) { set in
      let layer = Convolution2D(
        "c", inputs: 4, outputs: 2, window: ImageWindow(square: 3, stride: 2, padding: 1),
        groups: 2, in: set)
      return { layer($1[0], $0) }
    }
    expectLayerGradient(at: [Input(Shape(2, size + 1, 2, 4), seed: 1)]) { set in
      let layer = TransposedConvolution2D(
        "t", inputs: 4, outputs: 3, window: ImageWindow(square: 3, stride: 2, padding: 1),
        extra: [1, 1], in: set)
      return { layer($1[0], $0) }
    }
    expectLayerGradient(at: [Input(Shape(2, size, 4), seed: 1)]) { set in
      let layer = Convolution1D(
        "s", inputs: 4, outputs: 3, kernel: 3, padding: 2, dilation: 2, in: set)
      return { layer($1[0], $0) }
    }
    for appliesSiLU in [false, true] {
      expectLayerGradient(at: images) { set in
        let layer = GroupNormalization(
          "g", channels: 4, groups: 2, epsilon: 0.1, appliesSiLU: appliesSiLU, in: set)
        return { layer($1[0], $0) }
      }
    }
  }

  @Test("double and halve the size of an image as they say")
  func sizes() {
    let set = ParameterSet()
    let half = Convolution2D(
      "h", inputs: 3, outputs: 5, window: ImageWindow(square: 3, stride: 2, padding: 1), in: set)
    let twice = TransposedConvolution2D(
      "d", inputs: 5, outputs: 2, window: ImageWindow(square: 4, stride: 2, padding: 1), in: set)
    let sequence = Convolution1D("s", inputs: 2, outputs: 4, kernel: 3, padding: 1, in: set)
    set.initialize(seed: 1)
    let tape = Tape(.float32)
    let context = Context(tape: tape, parameters: ParameterBinding(set, gradients: nil))
    let y = half(tape.constant(1, Shape(2, 8, 6, 3)), context)
    #expect(y.shape == Shape(2, 4, 3, 5))
    let z = twice(y, context)
    #expect(z.shape == Shape(2, 8, 6, 2))
    #expect(sequence(tape.reshape(z, Shape(2, 48, 2)), context).shape == Shape(2, 48, 4))
    #expect(set.count == (27 * 5 + 5) + (16 * 5 * 2 + 2) + (3 * 2 * 4 + 4))
    let names = ["h.weight", "h.bias", "d.weight", "d.bias", "s.weight", "s.bias"]
    #expect(set.entries.map(\.name) == names)
  }

  @Test("normalise a batch to mean 0 and variance 1, and by running averages later")
  func batchNormalization() {
    let set = ParameterSet()
    let layer = BatchNormalization("b", channels: 3, momentum: 0.25, in: set)
    set.initialize(seed: 1)
    let x = Input(Shape(4, 5, 2, 3), seed: 2, scale: 3, shift: 1)
    let tape = Tape(.float32)
    let gradient = tape.copy([Double](repeating: 0, count: set.count), Shape(set.count))
    let context = Context(
      tape: tape, parameters: ParameterBinding(set, gradients: gradient.data), isTraining: true,
      batchRows: 8)
    let y = tape.reshape(layer(tape.copy(x.values, x.shape), context), Shape(40, 3))
    expect(tape.mean(y, over: [0]).values, equals: [0, 0, 0], within: .absolute(1e-5))
    let variance = tape.variance(y, over: [0], correction: 0).values
    expect(variance, equals: [1, 1, 1], within: .absolute(1e-4))
    // Half of the batch moves the averages by half of the momentum.
    let rows = tape.copy(x.values, Shape(40, 3))
    let means = tape.mean(rows, over: [0]).values
    let variances = tape.variance(rows, over: [0]).values
    let left = Array(gradient.values.suffix(6))
    let mean = means.map { -0.125 * $0 }
    let spread = variances.map { 0.125 * (1 - $0) }
    expect(left, equals: mean + spread, within: .scaled(1e-4))
    let still = Context(tape: tape, parameters: ParameterBinding(set, gradients: nil))
    let z = layer(tape.copy(x.values, x.shape), still)
    expect(z.values, equals: x.values, within: .scaled(1e-4))
  }

  @Test("have batch normalisation's gradients by what learns, training and not")
  func batchGradient() {
    for isTraining in [false, true] {
      expectGradient(
        of: { tape, x in
          let set = ParameterSet()
          let layer = BatchNormalization("b", channels: 2, epsilon: 0.1, in: set)
          let values = tape.copy([0.7, -1.2, 0.3, 0.1, 0.5, -0.5, 1.5, 0.8], Shape(8))
          let context = Context(
            tape: tape,
            parameters: ParameterBinding(
              values: values.data, transposes: values.data, gradients: nil),
            isTraining: isTraining)
          return layer(x[0], context)
        }, at: [Input(Shape(3, 2, 2, 2), seed: 1)])
    }
  }
}
