import Tensors

/// The convolution of sequences with a short window: b + Σ_k x[o · stride + k · dilation - padding] W[k].
///
/// The weight is [k, inputs / groups, outputs]. Weight and bias begin uniform on
/// ±1/√(numbers that enter one output), as in PyTorch. A sequence is an image of one row.
package struct Convolution1D: Layer {
  let weight: Parameter
  let bias: Parameter
  let window: ImageWindow
  let groups: Int

  /// Declares the parameters `name.weight` and `name.bias`.
  /// - Parameters:
  ///   - kernel: Places of the window.
  ///   - groups: Cuts of the channels that do not mix; divides inputs and outputs.
  package init(
    _ name: String, inputs: Int, outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    dilation: Int = 1, groups: Int = 1, in set: ParameterSet
  ) {
    precondition(
      inputs % groups == 0 && outputs % groups == 0, "\(name): \(groups) groups of channels")
    let start = Initializer.kaimingUniform(inputs: kernel * inputs / groups)
    weight = set.add(name + ".weight", Shape(kernel, inputs / groups, outputs), start)
    bias = set.add(name + ".bias", Shape(outputs), start)
    window = ImageWindow(
      kernel: [1, kernel], stride: [1, stride], padding: [0, padding], dilation: [1, dilation])
    self.groups = groups
  }

  /// - Parameter x: [sequences, places, inputs].
  /// - Returns: [sequences, windows, outputs].
  package func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
    let (tape, shape) = (context.tape, weight.shape)
    let y = tape.convolution(
      tape.reshape(x, Shape(x.shape[0], 1, x.shape[1], x.shape[2])),
      weight: tape.reshape(context[weight], Shape(1, shape[0], shape[1], shape[2])),
      bias: context[bias], transpose: context.parameters.transpose(weight, on: tape),
      window: window, groups: groups)
    return tape.reshape(y, Shape(y.shape[0], y.shape[2], y.shape[3]))
  }
}
