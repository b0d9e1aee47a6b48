import Tensors

/// What a condition adds to the first layers of a path network and of a state flow, and its log Z.
///
///     u(c) = Linear GELU(Linear c),   log Z(c) = Linear GELU(Linear GELU(Linear c))
///
/// All are computed once for each condition, whatever the steps of its paths.
/// Reference: Sendera et al. (2024), arXiv:2402.05098, appendix B.2
package struct ConditionNetwork: Sendable {
  /// Columns of u.
  package let width: Int
  /// Numbers that describe a condition.
  package let inputs: Int
  private let offset: MLP
  private let flowOffset: MLP?
  private let logZ: MLP

  /// Declares all parameters.
  package init(inputs: Int, width: Int, hasFlow: Bool = false, in set: ParameterSet) {
    (self.inputs, self.width) = (inputs, width)
    offset = MLP("condition", sizes: [inputs, width, width], in: set)
    flowOffset =
      hasFlow
      ? MLP("condition.flow", sizes: [inputs, width, width], group: .flow, in: set) : nil
    logZ = MLP("condition.log_z", sizes: [inputs, width, width, 1], group: .flow, in: set)
  }

  /// u of conditions, [conditions, inputs].
  /// - Returns: [conditions, width].
  package func offsets(_ features: Tensor, _ context: Context) -> Tensor {
    offset(features, context)
  }

  /// u of conditions for the state flow, [conditions, inputs].
  /// - Returns: [conditions, width]; nil where there is no flow.
  package func flowOffsets(_ features: Tensor, _ context: Context) -> Tensor? {
    flowOffset?(features, context)
  }

  /// log Z of conditions, [conditions, inputs].
  /// - Returns: [conditions, 1].
  package func logNormalizers(_ features: Tensor, _ context: Context) -> Tensor {
    logZ(features, context)
  }
}
