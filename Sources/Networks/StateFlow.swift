import Tensors

/// The numbers of a state flow; its sizes are those of the path network.
public struct StateFlowConfig: Codable, Sendable, Equatable {
  /// Whether what is learned is added to a guess from the process and the density, for which the
  /// density is evaluated at every state.
  public var forwardLooking = false

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case forwardLooking = "forward_looking"
  }
}

/// The learned part of a log state flow, a number for each state and time.
///
///     h = GELU(s(x) + e(t)),  h = GELU(Linear h) `layers` times,  f(x, t) = Linear h
///
/// The trunk of a path network with parameters of its own, which learn at the flow's rate. Published code
/// shares s and e between drift and flow. Every layer begins like any linear layer, the last one too.
/// Reference: Sendera et al. (2024), arXiv:2402.05098, appendix B.2
package struct StateFlow: Sendable {
  /// All layers.
  package let trunk: Trunk

  /// Declares all parameters, whose names begin with `flow`.
  package init(_ sizes: PathNetworkConfig, dimension: Int, in set: ParameterSet) {
    trunk = Trunk(
      sizes, inputs: dimension, outputs: 1, prefix: "flow.", group: .flow, in: set)
  }

  /// Encodes times, [steps, 1].
  /// - Returns: [steps, width].
  package func encode(_ times: Tensor, _ context: Context) -> Tensor {
    trunk.time(times, context)
  }

  /// What a pass without a tape starts each step's first layer from: its bias and encoded time.
  /// - Returns: [steps, width].
  package func encodeStarts(_ times: Tensor, _ context: Context) -> Tensor {
    context.tape.addRows(encode(times, context), context[trunk.firstBias])
  }

  /// f at states x, [steps × rows, dimension], for encoded times.
  /// - Returns: [steps × rows, 1].
  package func callAsFunction(_ x: Tensor, at encoding: Tensor, _ context: Context) -> Tensor {
    trunk(x, at: encoding, context)
  }
}
