import Densities
import Networks
import Storage
import Tensors

/// The learned score of a noised density, in coordinates of the configuration's scale.
struct ScoreNetwork: Sendable {
  private enum Kind: Sendable {
    case mlp(ResidualMLP)
    case egnn(EGNN)
  }

  let config: ScoreNetworkConfig
  private let kind: Kind

  /// Declares its parameters.
  /// - Throws: `ConfigError` where the graph network is asked for without particles.
  init(
    _ config: ScoreNetworkConfig, dimension: Int, particles: ParticleSystem?,
    in set: ParameterSet
  ) throws(ConfigError) {
    self.config = config
    guard let particles, config.kind != .mlp else {
      try ConfigError.require(
        config.kind != .egnn, "energy_matching.network.kind", "the density is not one of particles")
      kind = .mlp(
        ResidualMLP(
          "score", dimension: dimension, width: config.width, blocks: config.layers, in: set))
      return
    }
    kind = .egnn(
      EGNN(
        "score", particles: particles.particles, spaceDimension: particles.spaceDimension,
        width: config.width, layers: config.layers, basis: config.distanceBasis, in: set))
  }

  /// F(x, t), [rows, D].
  /// - Parameter times: As `time` says, [rows, 1], or [1, 1] for all rows.
  func callAsFunction(_ x: Tensor, at times: Tensor, _ context: Context) -> Tensor {
    switch kind {
    case .mlp(let network): network(x, at: times, context)
    case .egnn(let network):
      network(x, at: context.tape.broadcast(times, to: Shape(x.shape[0], 1)), context)
    }
  }

  /// What the network is given for a noising time.
  func time(_ t: Double) -> Float {
    switch kind {
    case .mlp: Float(config.timeScale * t)
    case .egnn: Float(t)
    }
  }

  /// Rows that go through a tape at once, so that what it holds stays in the cache; those of the network of
  /// points are whole tiles of its products.
  func tapeRows(dimension: Int) -> Int {
    switch kind {
    case .mlp: 72
    case .egnn(let network):
      max(1, 400 / (network.particles * (network.particles - 1)))
    }
  }

  /// What S is a sum of under noise of variance h: S = p x + g ∇ log ρ + q F.
  struct Coefficients {
    /// p.
    let x: Double
    /// g.
    let score: Double
    /// q.
    let output: Double
  }

  /// p, g and q under noise of variance h.
  func coefficients(variance h: Double) -> Coefficients {
    let (a, b, c) = (config.priorDeviation, config.outputDeviation, config.scoreDeviation)
    let g = c > 0 ? c * c / (h + c * c) : 0
    return Coefficients(
      x: a > 0 ? -(1 - g) / (h + a * a) : 0, score: g,
      output: b > 0 ? 1 / (h + b * b).squareRoot() : 1)
  }
}
