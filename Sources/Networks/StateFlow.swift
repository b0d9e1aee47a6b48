import Tensors

/// The numbers of a state flow.
public struct StateFlowConfig: Codable, Sendable, Equatable {
  /// What is learned: "network" for a function of state and time, "scalar" for one number.
  public var form = StateFlowForm.network
  /// Whether what is learned is added to a guess from the process and the density, for which the
  /// density is evaluated at every state.
  public var forwardLooking = false

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case form
    case forwardLooking = "forward_looking"
  }
}

/// What of a state flow is learned.
public enum StateFlowForm: String, Codable, Sendable, CaseIterable {
  /// A function of state and time.
  case network
  /// One number for all states.
  case scalar
}

/// The learned part of a log state flow, a number for each state and time.
///
///     network   h = GELU(s(x) + e(t)),  h = GELU(Linear h) `layers` times,  f(x, t) = Linear h
///     scalar    f(x, t) = f
///
/// The trunk of a path network, of the same size but with parameters of its own, which learn at the flow's
/// rate. Weights begin as in any linear layer, the scalar at 0.
/// Reference: Sendera et al. (2024), arXiv:2402.05098, appendix B.2
package struct StateFlow: Sendable {
  /// Columns of the encoding of a time; 0 for a scalar.
  package let width: Int
  /// The number, where one number is all.
  package let scalar: Parameter?
  private let trunk: Trunk?

  private struct Trunk: Sendable {
    let state: Linear
    let time: TimeNetwork
    let hidden: [Linear]
    let last: Linear
  }

  /// Declares all parameters, which begin with `flow`.
  package init(
    _ config: StateFlowConfig, sizes: PathNetworkConfig, dimension: Int, in set: ParameterSet
  ) {
    guard config.form == .network else {
      (width, trunk) = (0, nil)
      scalar = set.add("flow", Shape(1), .constant(0), group: .flow)
      return
    }
    let width = sizes.width
    func layer(_ name: String, _ inputs: Int, _ outputs: Int) -> Linear {
      Linear("flow." + name, inputs: inputs, outputs: outputs, group: .flow, in: set)
    }
    trunk = Trunk(
      state: layer("state", dimension, width),
      time: TimeNetwork(
        "flow.time", width: width, hidden: 1, outputs: width, start: .uniform, group: .flow, in: set
      ),
      hidden: (0..<sizes.layers).map { layer("hidden.\($0)", width, width) },
      last: layer("output", width, 1))
    (self.width, scalar) = (width, nil)
  }

  /// Encodes times, [steps, 1]; a network's only.
  /// - Returns: [steps, width].
  package func encode(_ times: Tensor, _ context: Context) -> Tensor {
    learned.time(times, context)
  }

  /// f at states x, [steps × rows, dimension], for encoded times; a network's only.
  /// - Returns: [steps × rows, 1].
  package func callAsFunction(_ x: Tensor, at encoding: Tensor, _ context: Context) -> Tensor {
    let tape = context.tape
    var h = tape.gelu(tape.addRows(learned.state(x, context), encoding))
    for layer in learned.hidden { h = tape.gelu(layer(h, context)) }
    return learned.last(h, context)
  }

  private var learned: Trunk {
    guard let trunk else { preconditionFailure("a scalar flow looks at neither state nor time") }
    return trunk
  }
}
