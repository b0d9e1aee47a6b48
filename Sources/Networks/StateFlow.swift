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
  /// Columns of the encoding of a time.
  package let width: Int
  let state: Linear
  let time: TimeNetwork
  let hidden: [Linear]
  let last: Linear

  /// Declares all parameters, whose names begin with `flow`.
  package init(_ sizes: PathNetworkConfig, dimension: Int, in set: ParameterSet) {
    let width = sizes.width
    func layer(_ name: String, _ inputs: Int, _ outputs: Int) -> Linear {
      Linear("flow." + name, inputs: inputs, outputs: outputs, group: .flow, in: set)
    }
    self.width = width
    state = layer("state", dimension, width)
    time = TimeNetwork(
      "flow.time", width: width, hidden: 1, outputs: width, start: .uniform, group: .flow, in: set)
    hidden = (0..<sizes.layers).map { layer("hidden.\($0)", width, width) }
    last = layer("output", width, 1)
  }

  /// Encodes times, [steps, 1].
  /// - Returns: [steps, width].
  package func encode(_ times: Tensor, _ context: Context) -> Tensor {
    time(times, context)
  }

  /// f at states x, [steps × rows, dimension], for encoded times.
  /// - Returns: [steps × rows, 1].
  package func callAsFunction(_ x: Tensor, at encoding: Tensor, _ context: Context) -> Tensor {
    let tape = context.tape
    var h = tape.gelu(tape.addRows(state(x, context), encoding))
    for layer in hidden { h = tape.gelu(layer(h, context)) }
    return last(h, context)
  }
}
