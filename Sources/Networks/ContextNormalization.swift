import Tensors

/// Each feature normalised over the items of its context, then scaled and shifted.
///
///     y = (x - mean) / √(variance + 1e-8) γ + β,  the unbiased variance over the items
///
/// γ begins at 1 and β at 0, one for each feature.
/// Reference: Webb et al. (2020), *Learning Representations that Support Extrapolation*,
/// arXiv:2007.05059
package struct ContextNormalization: Layer {
  let gain: Parameter
  let bias: Parameter

  /// Declares the parameters `name.gain` and `name.bias`.
  package init(_ name: String, features: Int, in set: ParameterSet) {
    gain = set.add(name + ".gain", Shape(features), .constant(1))
    bias = set.add(name + ".bias", Shape(features), .constant(0))
  }

  /// - Parameter x: [contexts, items, features], at least two items.
  package func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
    let tape = context.tape
    precondition(x.shape.rank == 3, "contexts, items and features, not \(x.shape)")
    let centred = tape.subtract(x, tape.mean(x, over: [1], keeping: true))
    let squares = tape.sum(tape.apply(.square, centred), over: [1], keeping: true)
    let variance = tape.affine(squares, scale: 1 / Double(x.shape[1] - 1), shift: 1e-8)
    let normal = tape.divide(centred, tape.apply(.squareRoot, variance))
    return tape.add(tape.multiply(normal, context[gain]), context[bias])
  }
}
