import KernelTables
import Tensors

/// Linear layers with one function between them.
///
///     h = f(Linear h) for all layers but the last,  y = Linear h
///
/// Linear layers begin as `Linear` says. Their names are `name.0`, `name.1`, ….
package struct MLP: Layer {
  let layers: [Linear]
  let function: ElementwiseFunction

  /// - Parameters:
  ///   - sizes: Columns of the input, of every hidden layer, and of the output.
  ///   - function: What stands between the layers.
  package init(
    _ name: String, sizes: [Int], function: ElementwiseFunction = .gelu,
    group: ParameterGroup = .network, in set: ParameterSet
  ) {
    precondition(sizes.count >= 2, "an MLP has an input and an output")
    self.function = function
    layers = zip(sizes, sizes.dropFirst()).enumerated().map { index, size in
      Linear("\(name).\(index)", inputs: size.0, outputs: size.1, group: group, in: set)
    }
  }

  /// - Parameter x: [rows …, inputs].
  /// - Returns: [rows …, outputs].
  package func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
    var h = x
    for layer in layers.dropLast() { h = layer(h, then: function, context) }
    return layers[layers.count - 1](h, context)
  }
}
