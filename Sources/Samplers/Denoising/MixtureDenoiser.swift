import Densities
import Diffusions
import Kernels
import Networks
import Storage
import Tensors

/// What the best network says of a Gaussian mixture Σ_k w_k N(m_k, δ² I) under noise, y = a x + s ε: a prior in closed form,
/// without parameters.
///
///     τ = a² δ² + s²,   p_k ∝ w_k exp(-|y - a m_k|² / 2τ),   m̄ = Σ_k p_k m_k
///     E[x | y] = (a δ² / τ) y + (s² / τ) m̄
///     Var[x_j | y] = δ² s² / τ + (s² / τ)² Σ_k p_k (m_kj - m̄_j)²
///
/// As a network with learned variances it says those that make mean and variance of each coordinate of a step exact: κ
/// s′ / s of noising given the data, and what the estimate of the data leaves open, multiplied by its part in the mean.
/// Reference: Bao et al. (2022), *Analytic-DPM*, theorem 1, arXiv:2201.06503
struct MixtureDenoiser: ChainNetwork {
  /// Of one noise level.
  fileprivate struct Level {
    /// a / τ, by which y · m_k counts in the exponent.
    var slope = 0.0
    /// -a² |m_k|² / 2τ + log w_k, [K].
    var offsets: [Double] = []
    /// What the network says is `own` y + `other` m̄.
    var own = 0.0
    var other = 0.0
    /// The variance of a step is `least` + `open` Σ_k p_k (m_kj - m̄_j)², in units of the square of that in the middle.
    var least = 1.0
    var open = 0.0
    /// What half its logarithm is multiplied by.
    var range = 0.0
  }

  private let mixture: GaussianMixture
  private let config: DenoisingConfig
  private let levels: [Level]
  /// m_k / scale and their squares, [K, D].
  private let means, squares: [Float]
  private let hasVariance: Bool

  /// - Throws: `ConfigError` for a sampler between noise levels.
  init(_ config: DenoisingConfig, _ mixture: GaussianMixture) throws(ConfigError) {
    try ConfigError.require(
      config.sampler != .edm, "sampler",
      "a closed form knows whole noise levels, and edm has others"
    )
    self.init(unchecked: config, mixture)
  }

  private init(unchecked config: DenoisingConfig, _ mixture: GaussianMixture) {
    (self.config, self.mixture) = (config, mixture)
    let own = mixture.means.map { Double($0) / config.scale }
    (means, squares) = (own.map { Float($0) }, own.map { Float($0 * $0) })
    hasVariance = config.variance == .learned
    let noise = NoiseLevels(config.schedule, count: config.levels)
    var levels = [Level](repeating: Level(), count: noise.count)
    for step in DenoisingSteps(noise, config.settings(steps: config.steps)).all {
      levels[Int(step.level)] = Level(step, config, mixture, own)
    }
    self.levels = levels
  }

  var tapeRows: Int { 64 }

  func following(_ config: DenoisingConfig) -> MixtureDenoiser {
    MixtureDenoiser(unchecked: config, mixture)
  }

  func callAsFunction(
    _ x: Tensor, at times: Tensor, conditions: Tensor?, _ context: Context
  ) -> DenoisingOutput {
    let (tape, rows, k) = (context.tape, x.shape[0], mixture.modeCount)
    let own = (0..<rows).map { levels[config.level(at: times[$0])] }
    func column(_ value: (Level) -> Double) -> Tensor {
      tape.constant(own.map(value), Shape(rows, 1))
    }
    let means = tape.constant(means, Shape(k, mixture.dimension))
    let exponents = tape.add(
      tape.scaleRows(tape.product(x, means, transposingB: true), by: column(\.slope)),
      tape.constant(own.flatMap(\.offsets), Shape(rows, k)))
    let shares = tape.softmax(exponents)
    let mean = tape.product(shares, means)
    let value = tape.add(
      tape.scaleRows(x, by: column(\.own)), tape.scaleRows(mean, by: column(\.other)))
    guard hasVariance else { return DenoisingOutput(value: value) }
    let square = tape.product(shares, tape.constant(squares, Shape(k, mixture.dimension)))
    let among = tape.apply(.relu, tape.subtract(square, tape.apply(.square, mean)))
    let variance = tape.add(tape.scaleRows(among, by: column(\.open)), column(\.least))
    return DenoisingOutput(
      value: value,
      variance: tape.scaleRows(tape.apply(.logarithm, variance), by: column(\.range)))
  }

  func adapted(
    _ name: String, rank: Int, alpha: Double, in set: ParameterSet
  ) -> MixtureDenoiser { self }
}

extension MixtureDenoiser.Level {
  /// - Parameter means: m_k / scale, [K, D].
  init(
    _ step: DenoisingStep, _ config: DenoisingConfig, _ mixture: GaussianMixture, _ means: [Double]
  ) {
    let (a, s, d) = (step.signal, step.noise, mixture.dimension)
    let deviation = mixture.standardDeviation / config.scale
    let tau = a * a * deviation * deviation + s * s
    slope = a / tau
    offsets = mixture.modeWeights.enumerated().map { index, weight in
      let square = means[index * d..<(index + 1) * d].reduce(0) { $0 + $1 * $1 }
      return scalarLog(weight) - 0.5 * a * a * square / tau
    }
    let (p, q) = step.dataCoefficients(config.prediction)
    (own, other) = ((a * deviation * deviation / tau - p) / q, s * s / tau / q)
    let half = 0.5 * scalarLog(step.bounds.large / step.bounds.small)
    guard half > 0 else { return }
    let unit = 1 / (step.bounds.small * step.bounds.large)
    let part = step.estimate * config.scale * s / tau.squareRoot()
    let smallest = max(
      config.leastDeviation * config.leastDeviation,
      step.givenData + part * part * deviation * deviation)
    (least, open) = (smallest * unit, part * part * s * s / tau * unit)
    range = 0.5 / half
  }
}

extension DenoisingStep {
  /// The variance of noising given the data, κ² s′² / s², where steps keep the bounds.
  fileprivate var givenData: Double {
    let square = noise * noise / (input * input)
    return spread * spread * max(0, square - spread * spread) / (keep * keep * square)
  }
}
