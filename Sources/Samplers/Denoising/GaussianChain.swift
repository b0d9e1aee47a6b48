import Catalogs
import Diffusions
import Kernels
import Networks
import Storage
import Tensors

/// Denoising diffusion: a chain of Gaussian steps whose means a network gives.
///
///     p(z′ | z) = N(α z + β F(y, t), d²),   y = input · z
///
/// x̂ = scale (p y + q F), with (p, q) = (1/a, -s/a) for a network that says the noise, (0, 1) for one that says
/// data, (a, -s) for one that says a ε - s x; α and β are those of `DenoisingSteps`. Learned variances lie
/// between the bounds of a step: log d² = ½ (1 + v) log large² + ½ (1 - v) log small².
/// Reference: Ho, Jain and Abbeel (2020), arXiv:2006.11239; Nichol and Dhariwal (2021), eq. 15,
/// arXiv:2102.09672; Salimans and Ho (2022), *Progressive distillation*, section 4, arXiv:2202.00512
package struct GaussianChain: DenoisingModel {
  /// Sources.
  package static let references = [
    Reference(
      "Ho, Jain, Abbeel", 2020, "Denoising diffusion probabilistic models", "arXiv:2006.11239"),
    Reference(
      "Song, Meng, Ermon", 2021, "Denoising diffusion implicit models", "arXiv:2010.02502"),
    Reference(
      "Nichol, Dhariwal", 2021, "Improved denoising diffusion probabilistic models",
      "arXiv:2102.09672"),
    Reference(
      "Karras, Aittala, Aila, Laine", 2022,
      "Elucidating the design space of diffusion-based generative models", "arXiv:2206.00364"),
    Reference("Ho, Salimans", 2022, "Classifier-free diffusion guidance", "arXiv:2207.12598"),
  ]

  /// What a step needs, in the numbers of states.
  struct Row: Sendable {
    /// What the network is told of the time, 0 to 1000.
    let time: Float
    /// What a state is multiplied by for the network.
    let input: Float
    /// α and β.
    let state, output: Float
    /// d; of learned ones that in the middle.
    let deviation: Float
    /// Half of log(large / small) where variances are learned, else 0.
    let range: Float
  }

  let config: DenoisingConfig
  let levels: NoiseLevels
  let network: any DenoisingNetwork
  /// The same as steps follow it.
  let guided: any DenoisingNetwork
  private let chain: DenoisingSteps
  private let rows: [Row]
  /// D.
  package let dimension: Int
  /// Numbers that describe a condition.
  package let conditionDimension: Int

  /// Declares the network's parameters.
  /// - Throws: `ConfigError`.
  package init(
    _ config: DenoisingConfig, _ shape: DenoisingShape, in set: ParameterSet
  ) throws(ConfigError) {
    guard config.network.kind == .closedForm else {
      let network = try config.network.makeNetwork(
        shape, hasVariance: config.variance == .learned, in: set)
      self.init(config, shape, network)
      return
    }
    guard let mixture = shape.mixture else {
      throw .invalid(
        path: "network.kind", reason: "a closed form is known of Gaussian mixtures only")
    }
    self.init(config, shape, try MixtureDenoiser(config, mixture))
  }

  /// The chain that begins as this one, to which a network of its own sizes adds what it learns, and where there is a
  /// constraint, a multiple of its score.
  /// - Throws: `ConfigError`.
  func corrected(
    by own: DenoisingNetworkConfig, _ shape: DenoisingShape,
    scoreOf constraint: CountedDensity?, bound: Double, in set: ParameterSet
  ) throws(ConfigError) -> GaussianChain {
    let change = try own.makeNetwork(shape, hasVariance: config.variance == .learned, in: set)
    return GaussianChain(
      config, shape,
      CorrectedDenoiser(
        base: network, change: change, scale: ChangeScale(config),
        score: constraint.map { ScoreTerm(config, $0, bound: bound, in: set) }))
  }

  /// The chain of a network that is there.
  package init(
    _ config: DenoisingConfig, _ shape: DenoisingShape, _ network: any DenoisingNetwork
  ) {
    (self.config, self.network) = (config, network)
    guided =
      config.conditionGuidance == 1
      ? network : ConditionGuidance(network, weight: config.conditionGuidance)
    (dimension, conditionDimension) = (shape.dimension, shape.conditionDimension)
    levels = NoiseLevels(config.schedule, count: config.levels)
    chain = DenoisingSteps(levels, config.settings(steps: config.steps))
    rows = chain.all.map { $0.row(config) }
  }

  /// T.
  package var steps: Int { rows.count }
  package var tapeRows: Int { network.tapeRows }
  package var usesScore: Bool { (guided as? any ScoredNetwork)?.usesScore ?? false }

  package func with(steps: Int) throws(ConfigError) -> GaussianChain {
    var changed = config
    changed.steps = steps
    try ConfigError.require(
      (1...config.levels).contains(steps), "steps", "it must be from 1 to \(config.levels)")
    return GaussianChain(
      changed, DenoisingShape(dimension: dimension, conditionDimension: conditionDimension),
      network.along(changed))
  }

  package func adapted(
    _ name: String, rank: Int, alpha: Double, in set: ParameterSet
  ) -> GaussianChain {
    GaussianChain(
      config, DenoisingShape(dimension: dimension, conditionDimension: conditionDimension),
      network.adapted(name, rank: rank, alpha: alpha, in: set)
    ).changing(self)
  }

  /// The chain to which a multiple of a constraint's score is added, at first nothing.
  func scored(
    of constraint: CountedDensity, bound: Double, in set: ParameterSet
  ) -> GaussianChain {
    GaussianChain(
      config, DenoisingShape(dimension: dimension, conditionDimension: conditionDimension),
      ScoredDenoiser(base: network, score: ScoreTerm(config, constraint, bound: bound, in: set)))
  }

  /// The chain as changes to one that it begins as.
  func changing(_ other: GaussianChain) -> GaussianChain {
    guard config.prediction == .data else { return self }
    return GaussianChain(
      config, DenoisingShape(dimension: dimension, conditionDimension: conditionDimension),
      ScaledChange(base: other.network, changed: network, scale: ChangeScale(config)))
  }

  /// The step from state i to i + 1, for those who change it.
  package func step(_ index: Int) -> DenoisingStep { chain.all[index] }

  func row(_ index: Int) -> Row { rows[index] }

  // MARK: - The chain

  package func start(
    _ rows: StepRows, _ stream: RandomStream, into states: UnsafeMutablePointer<Float>
  ) {
    draw(rows, stream, step: .max, into: states)
    for i in 0..<rows.count * dimension { states[i] *= Float(chain.startDeviation) }
  }

  package func startLogProbabilities(
    _ rows: StepRows, of states: UnsafePointer<Float>,
    into logProbabilities: UnsafeMutablePointer<Double>
  ) {
    let deviation = Double(Float(chain.startDeviation))
    for row in 0..<rows.count {
      logProbabilities[row] = normal(states + row * dimension, factor: 0, of: nil, deviation)
    }
  }

  package func noise(
    _ step: Int, _ rows: StepRows, from next: UnsafePointer<Float>, _ stream: RandomStream,
    into states: UnsafeMutablePointer<Float>
  ) {
    let (keep, spread) = (Float(chain.all[step].keep), Float(chain.all[step].spread))
    draw(rows, stream, step: UInt32(step), into: states)
    for i in 0..<rows.count * dimension { states[i] = keep * next[i] + spread * states[i] }
  }

  package func noiseLogProbabilities(
    _ step: Int, _ rows: StepRows, of states: UnsafePointer<Float>,
    from next: UnsafePointer<Float>, into logProbabilities: UnsafeMutablePointer<Double>
  ) {
    let (keep, spread) = (chain.all[step].keep, chain.all[step].spread)
    for row in 0..<rows.count {
      let first = row * dimension
      logProbabilities[row] = normal(states + first, factor: keep, of: next + first, spread)
    }
  }

  /// Standard normals, [rows, D].
  func draw(
    _ rows: StepRows, _ stream: RandomStream, step: UInt32, into out: UnsafeMutablePointer<Float>
  ) {
    InstructionSet.active.kernels.normals(
      key: stream.key, step: step, firstRow: rows.first, rows: rows.count, columns: dimension,
      to: out)
  }

  /// log N(x; factor m, deviation²) of one row.
  private func normal(
    _ x: UnsafePointer<Float>, factor: Double, of m: UnsafePointer<Float>?, _ deviation: Double
  ) -> Double {
    var square = 0.0
    for j in 0..<dimension {
      let z = (Double(x[j]) - (m.map { factor * Double($0[j]) } ?? 0)) / deviation
      square += z * z
    }
    return -0.5 * square - Double(dimension) * (scalarLog(deviation) + halfLogTwoPi)
  }
}

let halfLogTwoPi = 0.9189385332046727

extension DenoisingPrediction {
  /// p and q of x̂ / scale = p y + q F.
  func dataCoefficients(signal a: Double, noise s: Double) -> (Double, Double) {
    switch self {
    case .epsilon: (1 / a, -s / a)
    case .data: (0, 1)
    case .velocity: (a, -s)
    }
  }
}

extension DenoisingConfig {
  /// The whole noise level at a time as networks are told it.
  func level(at time: Double) -> Int {
    min(levels - 1, max(0, Int((time * Double(levels) / 1000).rounded())))
  }
}

extension DenoisingStep {
  /// p and q of x̂ / scale = p y + q F.
  func dataCoefficients(_ prediction: DenoisingPrediction) -> (Double, Double) {
    prediction.dataCoefficients(signal: signal, noise: noise)
  }

  /// The step with the network's prediction put in.
  func row(_ config: DenoisingConfig) -> GaussianChain.Row {
    let (p, q) = dataCoefficients(config.prediction)
    let isLearned = config.variance == .learned
    let middle = isLearned ? (bounds.small * bounds.large).squareRoot() : deviation
    return GaussianChain.Row(
      time: Float(1000 * level / Double(config.levels)), input: Float(input),
      state: Float(state + estimate * config.scale * p * input),
      output: Float(estimate * config.scale * q), deviation: Float(middle),
      range: isLearned ? Float(0.5 * scalarLog(bounds.large / bounds.small)) : 0)
  }
}
