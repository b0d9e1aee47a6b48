import Tensors

/// The convolution of images with a small window: b + Σ_k x[o · stride + k · dilation - padding] W[k].
///
/// The weight is [ky, kx, inputs / groups, outputs]. Weight and bias begin uniform on
/// ±1/√(numbers that enter one output), as in PyTorch.
package struct Convolution2D: Layer {
  let weight: Parameter
  let bias: Parameter?
  let window: ImageWindow
  let groups: Int

  /// Declares the parameters `name.weight` and, unless there is none, `name.bias`.
  /// - Parameters:
  ///   - groups: Cuts of the channels that do not mix; divides inputs and outputs.
  ///   - start: How the weight begins; uniform by default.
  package init(
    _ name: String, inputs: Int, outputs: Int, window: ImageWindow, groups: Int = 1,
    start: Initializer? = nil, hasBias: Bool = true, in set: ParameterSet
  ) {
    precondition(
      inputs % groups == 0 && outputs % groups == 0, "\(name): \(groups) groups of channels")
    let (kernel, depth) = (window.kernel, inputs / groups)
    let uniform = Initializer.kaimingUniform(inputs: kernel[0] * kernel[1] * depth)
    weight = set.add(
      name + ".weight", Shape(kernel[0], kernel[1], depth, outputs), start ?? uniform)
    bias = hasBias ? set.add(name + ".bias", Shape(outputs), start ?? uniform) : nil
    (self.window, self.groups) = (window, groups)
  }

  /// - Parameter x: [images, height, width, inputs].
  /// - Returns: [images, rows of windows, windows of a row, outputs].
  package func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
    context.tape.convolution(
      x, weight: context[weight], bias: bias.map { context[$0] },
      transpose: context.parameters.transpose(weight, on: context.tape), window: window,
      groups: groups)
  }

  /// Multiplications of one image of a size, forwards.
  package func multiplications(on size: SIMD2<Int>) -> Int {
    let windows = window.count(on: size)
    return windows[0] * windows[1] * weight.shape.count
  }
}
