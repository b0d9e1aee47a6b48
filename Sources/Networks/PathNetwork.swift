import Tensors

/// The numbers of a path network; `width` and `layers` as published unless set.
public struct PathNetworkConfig: Codable, Sendable, Equatable {
  /// Width of every hidden layer, and number of time frequencies.
  public var width = 64
  /// Hidden layers after the sum of state and time encodings.
  public var layers = 2
  /// Add a learned multiple of the density's score to the drift: "auto" where the density has a
  /// score, "on", "off".
  public var langevin = LangevinChoice.auto
  /// Let each dimension have a multiple of its own.
  public var langevinPerDimension = false
  /// The score's elements are clipped to ± this.
  public var scoreBound = 100.0
  /// Add a learned multiple of the state to the drift, element by element, of at most this; 0: none.
  public var gateBound = 0.0

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case width, layers, langevin
    case langevinPerDimension = "langevin_per_dimension"
    case scoreBound = "score_bound"
    case gateBound = "gate_bound"
  }
}

/// Whether the drift uses the density's score.
public enum LangevinChoice: String, Codable, Sendable, CaseIterable {
  /// Where the density has one.
  case auto
  /// Always; a density without a score is an error.
  case on
  /// Never.
  case off
}

/// Drift and variance of a path as functions of state and time.
///
///     h = GELU(s(x) + e(t)),  h = GELU(Linear h) `layers` times,  [drift | raw | g] = Linear h
///     drift += λ(t) clip(∇ log ρ(x))                                  (Langevin parametrisation)
///     drift += b tanh(x ⊙ g / b)                                      (gate)
///
/// s is linear, e and λ are small networks of the time encoding. The last layer begins at zero and
/// λ at 0.01. Encodings of time depend on the step only, so they are computed once for all rows.
/// Reference: Zhang and Chen (2022), arXiv:2111.15141; Sendera et al. (2024), arXiv:2402.05098, B.2
package struct PathNetwork: Sendable {
  /// Encodings of a run of steps, [steps, …].
  package struct Times {
    /// e(t), [steps, width].
    package let encoding: Tensor
    /// λ(t), [steps, 1] or [steps, dimension]; nil without Langevin parametrisation.
    package let scale: Tensor?

    package init(encoding: Tensor, scale: Tensor?) {
      self.encoding = encoding
      self.scale = scale
    }
  }

  /// What the network says of a run of steps.
  package struct Output {
    /// [steps × rows, dimension].
    package let drift: Tensor
    /// Input of the learned variance; nil for a fixed variance.
    package let raw: Tensor?
  }

  package let dimension: Int
  package let usesScore: Bool
  package let learnsVariance: Bool
  package let scaleColumns: Int
  /// All layers but those of λ.
  package let trunk: Trunk
  let scale: TimeNetwork?
  /// What the drift has of the state, where it is asked.
  let gate: StateGate?

  /// Declares all parameters.
  /// - Parameters:
  ///   - prefix: What all their names begin with.
  ///   - group: That of the trunk's.
  package init(
    _ config: PathNetworkConfig, dimension: Int, usesScore: Bool, learnsVariance: Bool,
    prefix: String = "", group: ParameterGroup = .network, in set: ParameterSet
  ) {
    self.dimension = dimension
    self.usesScore = usesScore
    self.learnsVariance = learnsVariance
    let columns = config.langevinPerDimension ? dimension : 1
    scaleColumns = columns
    gate = config.gateBound > 0 ? StateGate(bound: config.gateBound) : nil
    let vectors = 1 + (learnsVariance ? 1 : 0) + (gate == nil ? 0 : 1)
    trunk = Trunk(
      config, inputs: dimension, outputs: vectors * dimension,
      start: .constant(bias: 0), prefix: prefix, group: group, in: set)
    scale =
      usesScore
      ? TimeNetwork(
        prefix + "langevin", width: config.width, hidden: 3, outputs: columns,
        start: .constant(bias: 0.01), in: set)
      : nil
  }

  /// Columns of every hidden layer.
  package var width: Int { trunk.width }

  /// Whether the drift has a multiple of the state.
  package var isGated: Bool { gate != nil }

  /// Vectors that are kept of each state that the network was asked about, but for its hidden layers.
  package var keptVectors: Int {
    trunk.outputs / dimension + (usesScore ? 1 : 0)
  }

  /// Encodes times, [steps, 1].
  package func encode(_ times: Tensor, _ context: Context) -> Times {
    Times(encoding: trunk.time(times, context), scale: scale.map { $0(times, context) })
  }

  /// Drift and variance at states x, [steps × rows, dimension], for encoded times.
  /// - Parameters:
  ///   - score: Clipped scores at x; nil without Langevin parametrisation.
  ///   - offsets: What conditions add to the first layer, [steps × rows, width].
  package func callAsFunction(
    _ x: Tensor, at times: Times, score: Tensor?, offsets: Tensor? = nil, _ context: Context
  ) -> Output {
    let tape = context.tape
    let output = trunk(x, at: times.encoding, offsets: offsets, context)
    let columns = trunk.outputs
    var drift = columns > dimension ? tape.slice(output, 0..<dimension) : output
    if let gate {
      drift = gate(drift, x, tape.slice(output, columns - dimension..<columns), tape)
    }
    if let scale = times.scale, let score {
      drift = tape.addScaledRows(drift, scale: scale, score)
    }
    let raw = learnsVariance ? tape.slice(output, dimension..<2 * dimension) : nil
    return Output(drift: drift, raw: raw)
  }
}
