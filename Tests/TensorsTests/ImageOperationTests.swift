import Tensors
import TestSupport
import Testing

/// A convolution by its definition: [images, height, width, inputs] and [ky, kx, inputs / groups, outputs].
private func definition(
  _ x: Input, _ weight: Input, _ bias: Input, _ window: ImageWindow, groups: Int
) -> [Double] {
  let (s, w, size) = (x.shape, weight.shape, window.count(on: x.shape.imageSize))
  let (depth, width) = (w[2], w[3] / groups)
  var y: [Double] = []
  for n in 0..<s[0] {
    for i in 0..<size[0] {
      for j in 0..<size[1] {
        for c in 0..<w[3] {
          var sum = bias.values[c]
          for ky in 0..<w[0] {
            for kx in 0..<w[1] {
              let row = i * window.stride[0] + ky * window.dilation[0] - window.padding[0]
              let column = j * window.stride[1] + kx * window.dilation[1] - window.padding[1]
              guard (0..<s[1]).contains(row), (0..<s[2]).contains(column) else { continue }
              for k in 0..<depth {
                let pixel = ((n * s[1] + row) * s[2] + column) * s[3] + c / width * depth + k
                sum += x.values[pixel] * weight.values[((ky * w[1] + kx) * depth + k) * w[3] + c]
              }
            }
          }
          y.append(sum)
        }
      }
    }
  }
  return y
}

/// How a window lies, and into how many groups channels are cut.
struct WindowCase: Sendable, CustomTestStringConvertible {
  let window: ImageWindow
  var groups = 1
  var testDescription: String { "\(window), \(groups) groups" }

  static let all = [
    WindowCase(window: ImageWindow(square: 3, padding: 1)),
    WindowCase(window: ImageWindow(square: 1)),
    WindowCase(window: ImageWindow(square: 3, stride: 2, padding: 1)),
    WindowCase(window: ImageWindow(square: 4, stride: 2, padding: 1), groups: 2),
    WindowCase(window: ImageWindow(square: 2, stride: 3)),
    WindowCase(
      window: ImageWindow(kernel: [1, 5], stride: [2, 1], padding: [0, 4], dilation: [1, 2])),
    WindowCase(window: ImageWindow(square: 3, padding: 1), groups: 4),
  ]
}

@Suite("Operations on images")
struct ImageOperationTests {
  private let image = Shape(2, 7, 9, 4)

  private func weight(_ test: WindowCase) -> Input {
    Input(
      Shape(test.window.kernel[0], test.window.kernel[1], 4 / test.groups, 8), seed: 2)
  }

  private func convolve(
    _ tape: Tape, _ x: Tensor, _ test: WindowCase, bias: Tensor? = nil
  ) -> Tensor {
    let input = weight(test)
    let w = tape.copy(input.values, input.shape)
    return tape.convolution(
      x, weight: w, bias: bias, transpose: tape.transpose(w).data, window: test.window,
      groups: test.groups)
  }

  @Test("convolve as the definition says, in 32 and 64 bits", arguments: WindowCase.all)
  func convolution(_ test: WindowCase) {
    let (x, bias) = (Input(image, seed: 1), Input(Shape(8), seed: 3))
    let slow = definition(x, weight(test), bias, test.window, groups: test.groups)
    for (type, tolerance) in [(ScalarType.float32, 1e-5), (.float64, 1e-13)] {
      let tape = Tape(type)
      let y = convolve(
        tape, tape.copy(x.values, image), test, bias: tape.copy(bias.values, bias.shape))
      expect(y.values, equals: slow, within: .scaled(tolerance))
    }
  }

  @Test("have the transposed convolution as the convolution's adjoint", arguments: WindowCase.all)
  func adjoint(_ test: WindowCase) {
    let tape = Tape(.float64)
    let x = Input(image, seed: 1)
    let forwards = convolve(tape, tape.copy(x.values, image), test)
    let y = Input(forwards.shape, seed: 4)
    let input = weight(test)
    let w = tape.copy(input.values, input.shape)
    let backwards = tape.transposedConvolution(
      tape.copy(y.values, y.shape), weight: tape.transpose(w), bias: nil, transpose: w.data,
      window: test.window, groups: test.groups, size: image.imageSize)
    #expect(backwards.shape == image)
    func dot(_ a: [Double], _ b: [Double]) -> Double {
      zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }
    expect(
      dot(forwards.values, y.values), equals: dot(x.values, backwards.values),
      within: .relative(1e-12))
  }

  @Test("move with the image, bit for bit, away from its edges")
  func translation() {
    let tape = Tape(.float32)
    let test = WindowCase(window: ImageWindow(square: 3, padding: 1))
    let x = tape.copy(Input(image, seed: 1).values, image)
    let moved = tape.concatenate(
      [tape.copy(Input(Shape(2, 7, 2, 4), seed: 5).values, Shape(2, 7, 2, 4)), x], axis: 2)
    let (y, z) = (convolve(tape, x, test), convolve(tape, moved, test))
    #expect(
      tape.slice(y, 1..<8, axis: 2).values == tape.slice(z, 3..<10, axis: 2).values)
  }

  @Test("convolve by 1 by 1 as a linear layer does, bit for bit")
  func pointwise() {
    let tape = Tape(.float32)
    let test = WindowCase(window: ImageWindow(square: 1))
    let x = tape.copy(Input(image, seed: 1).values, image)
    let w = tape.copy(weight(test).values, Shape(4, 8))
    let bias = tape.copy(Input(Shape(8), seed: 3).values, Shape(8))
    let linear = tape.linear(x, weight: w, bias: bias, transpose: tape.transpose(w).data)
    #expect(convolve(tape, x, test, bias: bias).values == linear.values)
  }

  @Test("pool and repeat as the definitions say")
  func resizing() {
    let tape = Tape(.float64)
    let x = tape.copy([1, 2, 3, 4, 5, 6], Shape(1, 2, 3, 1))
    let window = ImageWindow(square: 2, stride: 1, padding: 1)
    #expect(
      tape.averagePool(x, window).values
        == [1, 3, 5, 3, 5, 12, 16, 9, 4, 9, 11, 6].map { $0 / 4 })
    #expect(tape.maximumPool(x, window).values == [1, 2, 3, 3, 4, 5, 6, 6, 4, 5, 6, 6])
    #expect(
      tape.upsampled(x, by: 2).values
        == [1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 4, 4, 5, 5, 6, 6])
  }

  @Test("normalise groups as primitive operations do", arguments: [1, 2, 4], [false, true])
  func normalization(_ groups: Int, _ appliesSiLU: Bool) {
    let (tape, epsilon) = (Tape(.float64), 1e-5)
    let x = tape.copy(Input(image, seed: 1).values, image)
    let gain = tape.copy(Input(Shape(4), seed: 2).values, Shape(4))
    let bias = tape.copy(Input(Shape(4), seed: 3).values, Shape(4))
    let fused = tape.groupNormalization(
      x, gain: gain, bias: bias, groups: groups, epsilon: epsilon, appliesSiLU: appliesSiLU)
    let split = tape.reshape(x, Shape(2, 63, groups, 4 / groups))
    let centred = tape.subtract(split, tape.mean(split, over: [1, 3], keeping: true))
    let variance = tape.variance(split, over: [1, 3], keeping: true, correction: 0)
    let root = tape.apply(.squareRoot, tape.affine(variance, shift: epsilon))
    let z = tape.add(
      tape.multiply(tape.reshape(tape.divide(centred, root), image), gain), bias)
    let slow = appliesSiLU ? tape.multiply(z, tape.apply(.sigmoid, z)) : z
    expect(fused.values, equals: slow.values, within: .scaled(1e-12))
  }
}
