import Chains
import Densities
import Diffusions
import Kernels
import Metrics
import Storage

// Sequential Monte Carlo along the diffusion. Paths go on a few steps at a time; after the steps to a time t
// a path x_0 … x_k has the target
//
//     γ_k = ρ(x_k / r)^a N(x_k; m, s²)^(1-a) Π P_B(x_j | x_{j+1}),   a = t⁴,       γ_T = ρ(x_T) Π P_B
//
// r x_T the mean of the way back from x_T, m and s the moments of some paths of a pilot, and gains the weight
// γ_k / (γ_before Π P_F) since the last. Where few have most of the weight, they are resampled. The last
// target's ends have the density; those in between decide efficiency only.
//
// Reference: Del Moral, Doucet and Jasra (2006), doi:10.1111/j.1467-9868.2006.00553.x, section 3; Phillips,
// Dau, Hutchinson et al. (2024), *Particle denoising diffusion sampler*, arXiv:2402.06320

extension Run {
  /// Paths whose moments intermediate targets have.
  private static let pilotPaths = 300

  /// Repeats of particles on paths.
  func pathParticles(
    _ request: RefinementRequest, _ poll: () throws -> Void
  ) throws -> ChainDraws {
    guard let sampler = sampler as? PathSampler else {
      throw ConfigError.invalid(
        path: "method", reason: "particles on paths need a run of the method 'paths'")
    }
    let d = density.density.dimension
    let steps = request.config.steps == 0 ? nil : request.config.steps
    let counted = CountedDensity(density.density)
    let paths = PathEnds(sampler.model, counted, steps: steps, pool: pool)
    let random = RandomStream(seed: request.seed).folding(.sampling)
    var pilot = PathCloud(count: Self.pilotPaths, dimension: d, stream: random.folding(0))
    let moments = try (0..<paths.stages).map { stage in
      try pilot.move(paths, stage, config.nonFinite, poll)
      return pilot.moments
    }
    var (x, logDensity, logs, shares) = ([Float](), [Double](), [Double](), [Double]())
    for repetition in 0..<request.chains {
      var cloud = PathCloud(
        count: request.draws, dimension: d, stream: random.folding(UInt64(1 + repetition)))
      for stage in 0..<paths.stages {
        try cloud.move(paths, stage, config.nonFinite, poll)
        try cloud.weigh(paths.end(of: stage), moments[stage], counted)
        let share = effectiveSampleSize(cloud.logWeights) / Double(request.draws)
        shares.append(share)
        guard stage == paths.stages - 1 || share < request.config.effectiveShare else { continue }
        // The tail of weights that are nearly equal is of no consequence.
        if share < 0.9 { try RefinementError.check(cloud.logWeights, stage: stage) }
        cloud.resample(stage)
      }
      x += cloud.x
      logDensity += cloud.logDensity
      logs.append(cloud.logZ)
    }
    let truth = knownLogNormalizer
    let least = Metric(
      "effective-sample-share", shares.min() ?? 1, count: request.draws, truth: 1,
      (shares.min() ?? 1) > 0.1 ? .ok : .warn, "the least of all stages")
    return try request.chains(
      x, logDensity, dimension: d, calls: (counted.energyCalls, counted.gradientCalls),
      ChainInfo(), [repeatedLogNormalizer(logs, truth: truth), least])
  }
}

/// Particles on paths, weighted.
private struct PathCloud {
  /// Where they are, [n, D].
  var x: [Float]
  /// log ρ there, [n].
  var logDensity: [Double]
  /// log of what each weighs, [n].
  var logWeights: [Double]
  /// What a stage adds to that, [n].
  private var gains: [Double]
  /// log Z as far as resampled weights tell.
  var logZ = 0.0
  /// log of the target of each end so far without P_B, [n].
  private var logTarget: [Double]
  private let count: Int
  private let dimension: Int
  private let stream: RandomStream

  init(count: Int, dimension: Int, stream: RandomStream) {
    (self.count, self.dimension, self.stream) = (count, dimension, stream)
    x = [Float](repeating: 0, count: count * dimension)
    logDensity = [Double](repeating: 0, count: count)
    (logWeights, gains, logTarget) = (logDensity, logDensity, logDensity)
  }

  /// Goes on by one stage.
  mutating func move(
    _ paths: PathEnds, _ stage: Int, _ nonFinite: NonFinitePolicy, _ poll: () throws -> Void
  ) throws {
    let settings = SimulationSettings(stream: stream, nonFinite: nonFinite)
    try x.withUnsafeMutableBufferPointer { x in
      try gains.withUnsafeMutableBufferPointer { gains in
        guard let x = x.baseAddress, let gains = gains.baseAddress else { return }
        try paths.run(stage: stage, count, settings, states: x, logRatios: gains, poll)
      }
    }
  }

  /// Mean and variance of each coordinate, [D].
  var moments: (means: [Double], variances: [Double]) {
    var means = [Double](repeating: 0, count: dimension)
    var variances = means
    for i in x.indices { means[i % dimension] += Double(x[i]) / Double(count) }
    for i in x.indices {
      let step = Double(x[i]) - means[i % dimension]
      variances[i % dimension] += step * step / Double(count - 1)
    }
    return (means, variances.map { max($0, 1e-12) })
  }

  /// Weighs where the last stage ended.
  mutating func weigh(
    _ end: (time: Double, retention: Double), _ moments: (means: [Double], variances: [Double]),
    _ density: CountedDensity
  ) throws {
    let power = end.time * end.time * end.time * end.time
    let enlarged = end.retention == 1 ? x : x.map { Float(Double($0) / end.retention) }
    logDensity = try density.logDensity(of: enlarged)
    let largest = logDensity.max() ?? 0
    for row in 0..<count {
      // Before the end no path may be lost: ρ is taken to be e⁻¹⁰⁰⁰ of its largest at least.
      let target =
        power == 1
        ? logDensity[row]
        : power * max(logDensity[row], largest - 1000) + (1 - power) * logNormal(row, moments)
      logWeights[row] += gains[row] + target - logTarget[row]
      logTarget[row] = target
    }
  }

  /// log N(x; m, s²).
  private func logNormal(
    _ row: Int, _ moments: (means: [Double], variances: [Double])
  ) -> Double {
    var sum = 0.0
    for j in 0..<dimension {
      let step = Double(x[row * dimension + j]) - moments.means[j]
      sum += step * step / moments.variances[j] + scalarLog(2 * .pi * moments.variances[j])
    }
    return -sum / 2
  }

  /// Turns weights into numbers of copies.
  mutating func resample(_ stage: Int) {
    logZ += logMeanExp(logWeights)
    var words = stream.folding(.resampling).words(of: .uniform, step: UInt32(stage), row: 0)
    let chosen = systematicResampling(logWeights, u: words.unit())
    x = rows(chosen, of: x, columns: dimension)
    (logDensity, logTarget) = (rows(chosen, of: logDensity), rows(chosen, of: logTarget))
    for row in 0..<count { logWeights[row] = 0 }
  }
}
