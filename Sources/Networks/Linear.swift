import KernelTables
import Tensors

/// x W + b.
///
/// W is [inputs, outputs] and b [outputs]. By default both begin uniform on ±1/√inputs, as in the
/// common frameworks.
package struct Linear: Layer, BitwiseCopyable {
  let weight: Parameter
  let bias: Parameter?
  /// A low-rank change that learns in the weight's place; see `adapted`.
  package private(set) var adapter: LowRankAdapter?

  /// How a linear layer begins.
  package struct Start: Sendable {
    let weight: @Sendable (_ inputs: Int, _ outputs: Int) -> Initializer
    let bias: @Sendable (_ inputs: Int) -> Initializer

    /// Weight and bias uniform on ±1/√inputs.
    package static let uniform = Start(
      weight: { inputs, _ in .kaimingUniform(inputs: inputs) },
      bias: { .kaimingUniform(inputs: $0) })

    /// Weight and bias uniform on ± a bound.
    package static func within(_ bound: Double) -> Start {
      given(weight: .uniform(bound: bound), bias: .uniform(bound: bound))
    }

    /// Weight by Glorot and Bengio, uniform; bias uniform on ±1/√inputs.
    ///
    /// What remains of PyTorch's default where all matrices of a model are drawn anew.
    package static let xavierUniform = Start(
      weight: { .xavierUniform(inputs: $0, outputs: $1) }, bias: { .kaimingUniform(inputs: $0) })

    /// Weight normal by He et al., zero bias.
    package static let kaimingNormal = Start(
      weight: { inputs, _ in .kaimingNormal(inputs: inputs) }, bias: { _ in .zeros })

    /// Zero weight and a constant bias.
    package static func constant(bias: Double) -> Start {
      given(weight: .zeros, bias: .constant(bias))
    }

    /// These.
    package static func given(weight: Initializer, bias: Initializer = .zeros) -> Start {
      Start(weight: { _, _ in weight }, bias: { _ in bias })
    }
  }

  /// Declares the parameters `name.weight` and, unless there is none, `name.bias`.
  package init(
    _ name: String, inputs: Int, outputs: Int, start: Start = .uniform, hasBias: Bool = true,
    group: ParameterGroup = .network, in set: ParameterSet
  ) {
    weight = set.add(
      name + ".weight", Shape(inputs, outputs), start.weight(inputs, outputs), group: group)
    bias = hasBias ? set.add(name + ".bias", Shape(outputs), start.bias(inputs), group: group) : nil
  }

  /// - Parameter x: [… , inputs].
  /// - Returns: [… , outputs].
  package func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
    let isFrozen = adapter != nil
    let (weight, bias) = (context[weight], bias.map { context[$0] })
    let y = context.tape.linear(
      x, weight: isFrozen ? weight.detached : weight, bias: isFrozen ? bias?.detached : bias,
      transpose: context.parameters.transpose(self.weight, on: context.tape))
    return adapter.map { context.tape.add(y, $0(x, context)) } ?? y
  }

  /// [x, r] W + b, where the last inputs r are the same in all rows: x W₁ + (r W₂ + b).
  ///
  /// - Parameters:
  ///   - x: [rows, inputs but those of r].
  ///   - row: r, [1, the other inputs].
  /// - Returns: [rows, outputs].
  func callAsFunction(_ x: Tensor, beside row: Tensor, _ context: Context) -> Tensor {
    precondition(adapter == nil, "beside: a layer with an adapter")
    let (tape, weight, inputs) = (context.tape, context[weight], x.shape[1])
    let own = tape.product(x, tape.slice(weight, 0..<inputs, axis: 0))
    let rest = tape.product(row, tape.slice(weight, inputs..<weight.shape[0], axis: 0))
    return tape.add(own, bias.map { tape.add(rest, context[$0]) } ?? rest)
  }

  /// f(x W + b), in fewer passes over memory.
  /// - Parameter x: [… , inputs].
  /// - Returns: [… , outputs].
  func callAsFunction(
    _ x: Tensor, then function: ElementwiseFunction, _ context: Context
  ) -> Tensor {
    guard adapter == nil else { return context.tape.apply(function, self(x, context)) }
    return context.tape.linear(
      x, weight: context[weight], bias: bias.map { context[$0] },
      transpose: context.parameters.transpose(weight, on: context.tape), then: function)
  }
}

extension Linear {
  /// The same layer with its weight and bias held fixed and a low-rank change that learns.
  ///
  /// Declares `name.down` and `name.up`. Nothing changes until they learn.
  package func adapted(
    _ name: String, rank: Int, alpha: Double, in set: ParameterSet
  ) -> Linear {
    var layer = self
    layer.adapter = LowRankAdapter(
      name, inputs: weight.shape[0], outputs: weight.shape[1], rank: rank, alpha: alpha, in: set)
    return layer
  }

  /// Adds the change to the weight itself and begins a new one from nothing.
  package func mergeAdapter(in set: ParameterSet) {
    adapter?.merge(into: weight, in: set)
  }
}
