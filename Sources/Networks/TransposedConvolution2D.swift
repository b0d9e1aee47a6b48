import Tensors

/// The transpose of a convolution: y[i · stride + k · dilation - padding] += x[i] W[k], beginning at b.
///
/// Stride 2 doubles the size of an image. The weight is [ky, kx, inputs, outputs / groups]. Weight and bias
/// begin uniform on ±1/√(ky kx outputs / groups), as in PyTorch.
package struct TransposedConvolution2D: Layer {
  let weight: Parameter
  let bias: Parameter
  let window: ImageWindow
  let extra: SIMD2<Int>
  let groups: Int

  /// Declares the parameters `name.weight` and `name.bias`.
  /// - Parameters:
  ///   - window: Of the convolution that this is the transpose of.
  ///   - extra: Rows and columns of the output beyond the least; each below the stride.
  package init(
    _ name: String, inputs: Int, outputs: Int, window: ImageWindow, extra: SIMD2<Int> = [0, 0],
    groups: Int = 1, in set: ParameterSet
  ) {
    precondition(
      inputs % groups == 0 && outputs % groups == 0, "\(name): \(groups) groups of channels")
    let (kernel, width) = (window.kernel, outputs / groups)
    let start = Initializer.kaimingUniform(inputs: kernel[0] * kernel[1] * width)
    weight = set.add(name + ".weight", Shape(kernel[0], kernel[1], inputs, width), start)
    bias = set.add(name + ".bias", Shape(outputs), start)
    (self.window, self.extra, self.groups) = (window, extra, groups)
  }

  /// - Parameter x: [images, rows, columns, inputs].
  /// - Returns: [images, height, width, outputs].
  package func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
    context.tape.transposedConvolution(
      x, weight: context[weight], bias: context[bias],
      transpose: context.parameters.transpose(weight, on: context.tape), window: window,
      groups: groups, size: window.size(of: x.shape.imageSize) &+ extra)
  }
}
