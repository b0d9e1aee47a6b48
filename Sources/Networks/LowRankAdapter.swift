import Tensors

/// A low-rank change of a linear layer: (α / r) x A B.
///
/// A is [inputs, r] and begins uniform on ±1/√inputs; B is [r, outputs] and begins at zero, so that
/// nothing changes at first. With α fixed, the size of the change hardly depends on r.
/// Reference: Hu et al. (2022), *LoRA*, eq. 3 and section 4.1, arXiv:2106.09685
package struct LowRankAdapter: Layer, BitwiseCopyable {
  let down: Parameter
  let up: Parameter
  private let scale: Double

  /// Declares the parameters `name.down` and `name.up`.
  init(
    _ name: String, inputs: Int, outputs: Int, rank: Int, alpha: Double, in set: ParameterSet
  ) {
    precondition(rank > 0, "a low-rank adapter has a rank")
    down = set.add(name + ".down", Shape(inputs, rank), .kaimingUniform(inputs: inputs))
    up = set.add(name + ".up", Shape(rank, outputs), .zeros)
    scale = alpha / Double(rank)
  }

  /// - Parameter x: [… , inputs].
  /// - Returns: [… , outputs].
  package func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
    let tape = context.tape
    let narrow = tape.linear(
      x, weight: context[down], bias: nil,
      transpose: context.parameters.transpose(down, on: tape))
    let change = tape.linear(
      narrow, weight: context[up], bias: nil,
      transpose: context.parameters.transpose(up, on: tape))
    return scale == 1 ? change : tape.scale(change, by: scale)
  }

  /// W += (α / r) A B, then B = 0.
  func merge(into weight: Parameter, in set: ParameterSet) {
    let tape = Tape()
    let (a, b) = (
      tape.constant(at: set.values + down.offset, down.shape),
      tape.constant(at: set.values + up.offset, up.shape)
    )
    let change = tape.scale(tape.product(a, b), by: scale)
    tape.kernels.accumulate(
      change.data, into: set.values + weight.offset, count: weight.shape.count)
    (set.values + up.offset).update(repeating: 0, count: up.shape.count)
    set.refreshTransposes()
  }
}
